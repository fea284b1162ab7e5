import { readFileSync, statSync } from 'node:fs';
import { whyNot } from '@ringformer/core/base';
import { type Align, type Alignment, type Format, translateDocument } from '@ringformer/documents';
import type { Translator } from '@ringformer/seq2seq/engine';
import { decodeAll, type Encoding } from '../encoding.ts';
import { FailedError } from '../errors.ts';
import { type Io, write } from '../io.ts';
import type { Output } from '../output.ts';
import { progressLine } from '../progress-line.ts';
import type { ChunkOptions } from './chunk.ts';
import type { Journal } from './journal.ts';
import { isTable, type TableFormat, translateTable } from './spreadsheet.ts';

/** Documents are read whole. */
const MOST_BYTES = 64 * 2 ** 20;

export type DocumentRequest = Pick<ChunkOptions, 'io' | 'search' | 'batchSize'> & {
  readonly file: string;
  readonly format: Format | TableFormat;
  /** Of a table: which columns to translate, and whether its first row has their names. */
  readonly columns: readonly string[];
  readonly header: boolean;
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

  /** Does work on a list chunk by chunk, each kept in the journal as JSON. */
  const inChunks = async <In, Out>(
    what: string,
    list: readonly In[],
    work: (some: readonly In[], at: number) => Promise<Out>,
    use: (out: Out, isOld: boolean) => void,
  ) => {
    for (let at = 0; at < list.length; at += CHUNK) {
      const some = list.slice(at, at + CHUNK);
      const run = async () => JSON.stringify(await work(some, at));
      const result = journal ? await journal.run([what, some], name, run) : { text: await run(), isOld: false };
      use(JSON.parse(result.text) as Out, result.isOld);
    }
  };

  const translate = async (texts: readonly string[]): Promise<string[]> => {
    progress.clear();
    progress = progressLine(io, texts.length, request.output !== undefined);
    const done: string[] = [];
    const work = async (some: readonly string[], at: number) => {
      const warnings: string[] = [];
      const translations = await translator.translateBatch(some, {
        ...search,
        batchSize,
        signal: io.signal,
        onProgress: ({ done, total }) => {
          const count = at + Math.floor((done / total) * some.length);
          progress.show(count, `${name}: ${count} of ${texts.length} texts`);
        },
        onWarning: ({ message }) => warnings.push(message),
      });
      return { translations, warnings };
    };
    await inChunks('texts', texts, work, ({ translations, warnings }, isOld) => {
      done.push(...translations);
      for (const message of warnings) told.add(message);
      if (isOld) progress.skip(done.length);
    });
    return done;
  };

  const languages = { ...(search.from && { from: search.from }), ...(search.to && { to: search.to }) };
  const align: Align = async (pairs) => {
    const done: (Alignment | undefined)[] = [];
    const work = async (some: typeof pairs) =>
      (await translator.align?.(some, { ...languages, batchSize, signal: io.signal }))?.map(storable) ?? [];
    await inChunks('alignments', pairs, work, (some) => done.push(...some.map(restored)));
    return done;
  };

  try {
    const translated = isTable(format)
      ? await translateTable(document, name, { format, columns: request.columns, header: request.header }, translate)
      : await translateDocument(
          document,
          {
            format,
            from: search.from ?? translator.config.from,
            onWarning: ({ message }) => left.add(message),
            ...(translator.align && { align }),
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

type Found = Awaited<ReturnType<NonNullable<Translator['align']>>>[number];
type Stored = Omit<Alignment, 'weights'> & { readonly weights: string };

/** An alignment as JSON, its weights to the bit. */
const storable = (found: Found): Stored | null =>
  found
    ? {
        ...found,
        weights: Buffer.from(found.weights.buffer, found.weights.byteOffset, found.weights.byteLength).toString(
          'base64',
        ),
      }
    : null;

const restored = (stored: Stored | null): Alignment | undefined =>
  stored
    ? { ...stored, weights: new Float32Array(Uint8Array.from(Buffer.from(stored.weights, 'base64')).buffer) }
    : undefined;

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
