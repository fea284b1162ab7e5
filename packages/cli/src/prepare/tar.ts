import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { FailedError } from '../errors.ts';
import { fileError, systemCode } from '../logs/file-error.ts';

export const isTar = (path: string): boolean => /\.(?:tar|tgz|tar\.gz)$/i.test(path);

/** A file in an archive. It must be read to its end, or drained. */
export type Entry = { readonly name: string; readonly content: Readable; readonly archive: string };

/**
 * The files of a tar archive, one after another as they are read: nothing is kept in memory. `.gz` and `.tgz` are decompressed.
 * @throws FailedError if the archive is damaged
 */
export async function* tarEntries(path: string): AsyncGenerator<Entry> {
  const file = createReadStream(path);
  const bytes = /\.t?gz$/i.test(path) ? pipeline(file, createGunzip(), () => {}) : file;
  try {
    yield* entriesOf(bytes as Readable, path);
  } finally {
    file.destroy();
  }
}

/** The same for an archive within an archive. */
export async function* entriesOf(bytes: Readable, path: string): AsyncGenerator<Entry> {
  const archive = extract();
  bytes.on('error', (error) => archive.destroy(error));
  bytes.pipe(archive);
  try {
    for await (const entry of archive) {
      if (entry.header.type === 'file')
        yield { name: entry.header.name, content: entry as unknown as Readable, archive: path };
      else entry.resume();
    }
  } catch (cause) {
    throw damaged(path, cause);
  }
}

/** What reading an archive has failed with; other errors as they are. */
function damaged(path: string, cause: unknown): unknown {
  if (cause instanceof FailedError || /^E[A-Z]+$/.test(systemCode(cause))) return cause;
  return new FailedError(`${path} cannot be read to its end: ${(cause as Error).message}. Download it again.`, {
    cause,
  });
}

/** Writes an entry to a file. @throws FailedError if the archive is damaged; RingformerError 'bad-file' if it can't be written */
export async function saveEntry({ content, archive }: Entry, path: string): Promise<void> {
  await pipe(content, createWriteStream(path)).catch((cause) => {
    const error = damaged(archive, cause);
    throw error === cause && !(cause instanceof FailedError) ? fileError('write', path, cause) : error;
  });
}

/** All bytes of an entry. */
export async function bytesOf({ content, archive }: Entry): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of content) chunks.push(chunk as Uint8Array);
  } catch (cause) {
    throw damaged(archive, cause);
  }
  return Buffer.concat(chunks);
}
