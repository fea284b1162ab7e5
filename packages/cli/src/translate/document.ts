import { readFileSync, statSync } from 'node:fs';
import { type Format, translateDocument } from '@ringformer/documents';
import type { Translator } from '@ringformer/seq2seq/engine';
import { decodeAll, type Encoding } from '../encoding.ts';
import { FailedError, whyNot } from '../errors.ts';
import { type Io, write } from '../io.ts';
import type { Output } from '../output.ts';
import { progressLine } from '../progress-line.ts';
import type { ChunkOptions } from './chunk.ts';
import type { Journal } from './journal.ts';

/** Documents are read whole. */
const MOST_BYTES = 64 * 2 ** 20;

export type DocumentRequest = Pick<ChunkOptions, 'io' | 'search' | 'batchSize'> & {
  readonly file: string;
  readonly format: Format;
  readonly encoding: Encoding | undefined;
  readonly output: string | undefined;
};

/** Texts translated at once, and kept together in a journal. */
const CHUNK = 256;
/** Warnings of one kind that are told. */
const MOST_TOLD = 20;

/** Translates the texts of a document. @throws FailedError if it cannot be read */
export async function translateFile(
  translator: Translator,
  request: DocumentRequest,
  output: Output,
  journal?: Journal,
): Promise<void> {
  const { io, file, format, search, batchSize } = request;
  const name = file === '-' ? 'stdin' : file;
  const document = await readDocument(file, name, request.encoding, io);
  const told = new Set<string>();
  const left = new Set<string>();
  let progress = progressLine(io, undefined, false);

  const translate = async (texts: readonly string[]): Promise<string[]> => {
    progress.clear();
    progress = progressLine(io, texts.length, request.output !== undefined);
    const done: string[] = [];
    for (let at = 0; at < texts.length; at += CHUNK) {
      const some = texts.slice(at, at + CHUNK);
      const work = async () =>
        JSON.stringify(
          await translator.translateBatch(some, {
            ...search,
            batchSize,
            signal: io.signal,
            onProgress: ({ done, total }) => {
              const count = at + Math.floor((done / total) * some.length);
              progress.show(count, `${name}: ${count} of ${texts.length} texts`);
            },
            onWarning: ({ message }) => told.add(message),
          }),
        );
      const result = journal ? await journal.run(some, name, work) : { text: await work(), isOld: false };
      done.push(...(JSON.parse(result.text) as string[]));
      if (result.isOld) progress.skip(done.length);
    }
    return done;
  };

  try {
    const translated = await translateDocument(
      document,
      {
        format,
        from: search.from ?? translator.config.from,
        onWarning: ({ message }) => left.add(message),
        ...(translator.align && {
          align: (pairs) => translator.align?.(pairs, { batchSize, signal: io.signal }) ?? Promise.resolve([]),
        }),
      },
      translate,
    );
    progress.clear();
    await output.write(translated);
    for (const messages of [told, left]) {
      for (const message of [...messages].slice(0, MOST_TOLD))
        await write(io.stderr, `ringformer: ${name}: ${message}\n`);
      if (messages.size > MOST_TOLD)
        await write(io.stderr, `ringformer: ${name}: ${messages.size - MOST_TOLD} more such warnings.\n`);
    }
  } finally {
    progress.clear();
  }
}

async function readDocument(
  file: string,
  name: string,
  encoding: Encoding | undefined,
  { stdin, signal }: Io,
): Promise<string> {
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
  return decodeAll(bytes, name, encoding);
}
