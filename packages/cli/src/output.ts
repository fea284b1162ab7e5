import { createWriteStream, existsSync, realpathSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Io, write } from './io.ts';
import { openTemp, removeStaleTemps } from './logs/atomic.ts';
import { fileError } from './logs/file-error.ts';

/** Where a command's lines go. */
export type Output = { readonly write: (text: string) => Promise<void> };

/**
 * Runs `work` with stdout as its output or, given a path, with a file that appears whole or not at all: it is written to a
 * temporary file in the same directory, renamed when `work` is done, and removed if it fails or the program is stopped. A device or a pipe is written
 * to directly.
 * @throws RingformerError 'bad-file' if the file cannot be written.
 */
export async function withOutput<T>(
  path: string | undefined,
  io: Io,
  work: (output: Output) => Promise<T>,
  encode: (text: string) => string | Uint8Array = (text) => text,
): Promise<T> {
  if (path === undefined) return work({ write: (text) => write(io.stdout, encode(text)) });
  const refuse = (cause: unknown): never => {
    throw fileError('write', path, cause);
  };
  const there = statSync(path, { throwIfNoEntry: false });
  const target = there ? realpathSync(path) : path; // through a symbolic link
  const direct = there !== undefined && !there.isFile();
  if (!direct && existsSync(dirname(target))) removeStaleTemps(dirname(target), basename(target));
  const temp = direct ? undefined : openTemp(target);
  const place = temp?.path ?? target;
  const stream = createWriteStream(place, { flags: direct ? 'w' : 'wx' });
  stream.on('error', () => {}); // the writes report it
  try {
    await new Promise<void>((resolve, reject) => stream.once('open', () => resolve()).once('error', reject)).catch(
      refuse,
    );
    const result = await work({ write: (text) => write(stream, encode(text)).catch(refuse) });
    stream.end();
    await finished(stream).catch(refuse);
    if (!direct) await rename(place, target).catch(refuse);
    temp?.done();
    return result;
  } catch (error) {
    stream.destroy();
    temp?.remove();
    throw error;
  }
}
