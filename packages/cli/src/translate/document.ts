import { readFileSync, statSync } from 'node:fs';
import { type Format, translateDocument } from '@ringformer/documents';
import type { Translator } from '@ringformer/seq2seq/engine';
import { FailedError, whyNot } from '../errors.ts';
import { type Io, write } from '../io.ts';
import type { Output } from '../output.ts';
import { statusLine } from '../status-line.ts';
import type { ChunkOptions } from './chunk.ts';

/** Documents are read whole. */
const MOST_BYTES = 64 * 2 ** 20;

export type DocumentRequest = Pick<ChunkOptions, 'io' | 'search' | 'batchSize'> & {
  readonly file: string;
  readonly format: Format;
};

/** Translates the texts of a document. @throws FailedError if it cannot be read */
export async function translateFile(translator: Translator, request: DocumentRequest, output: Output): Promise<void> {
  const { io, file, format, search, batchSize } = request;
  const name = file === '-' ? 'stdin' : file;
  const document = await readDocument(file, name, io);
  const progress = statusLine(io);
  const told: string[] = [];
  const tell = (message: string) => {
    if (!told.includes(message)) told.push(message);
  };
  try {
    const translated = await translateDocument(
      document,
      { format, onWarning: ({ message }) => tell(message) },
      async (texts) =>
        translator.translateBatch(texts, {
          ...search,
          batchSize,
          signal: io.signal,
          onProgress: ({ done, total }) => progress.show(`${name}: ${done} of ${total} sentences`),
          onWarning: ({ message }) => tell(message),
        }),
    );
    progress.clear();
    await output.write(translated);
    for (const message of told) await write(io.stderr, `ringformer: ${name}: ${message}\n`);
  } finally {
    progress.clear();
  }
}

async function readDocument(file: string, name: string, { stdin, signal }: Io): Promise<string> {
  const tooLarge = () => new FailedError(`${name} is larger than 64 MiB, the most for a document. Split it.`);
  let bytes: Buffer;
  if (file === '-') {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of stdin.iterator({ destroyOnReturn: false })) {
      signal.throwIfAborted();
      parts.push(Buffer.from(part));
      size += parts.at(-1)?.length ?? 0;
      if (size > MOST_BYTES) throw tooLarge();
    }
    bytes = Buffer.concat(parts);
  } else {
    try {
      if (statSync(file).size > MOST_BYTES) throw tooLarge();
      bytes = readFileSync(file);
    } catch (cause) {
      if (cause instanceof FailedError) throw cause;
      throw new FailedError(`${name} cannot be read: ${whyNot(cause)}.`, { cause });
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FailedError(`${name} is not UTF-8. Convert it first, for example with iconv.`, { cause });
  }
}
