import type { BatchOptions, TranslateOptions, Translator } from '@ringformer/seq2seq';
import type { BackendName } from './backends.ts';
import { errorCode, FailedError } from './errors.ts';
import type { Io } from './io.ts';
import { fileBytes, type Lines, lineGroups } from './lines.ts';
import { openTranslator } from './model.ts';
import { type Output, withOutput } from './output.ts';
import { progressLine } from './progress.ts';

export type TranslateRequest = {
  readonly io: Io;
  /** Each is a line; where there are none, `files` are read; where there are none either, stdin. */
  readonly texts: readonly string[];
  readonly files: readonly string[];
  readonly output: string | undefined;
  readonly model: string | undefined;
  readonly backend: BackendName;
  readonly json: boolean;
  readonly nBest: number | undefined;
  readonly batchSize: number;
  readonly search: Omit<TranslateOptions, 'signal'>;
};

/** Lines translated at once: enough to batch by length, few enough that output streams. */
const CHUNK = 256;

/** Translates everything that was asked for, in order, line in and line out. */
export async function translateAll(request: TranslateRequest): Promise<void> {
  const { io, texts, files, model, backend } = request;
  const interactive =
    texts.length === 0 && files.length === 0 && io.stdin.isTTY === true && request.output === undefined;
  const translator = await openTranslator(model, backend, io.signal);
  try {
    if (interactive) {
      const { prompt } = await import('./prompt.ts');
      return await prompt(translator, io, request.search.maxLength);
    }
    await withOutput(request.output, io, (output) => translateLines(translator, request, output));
  } finally {
    translator.dispose();
  }
}

async function translateLines(translator: Translator, request: TranslateRequest, output: Output): Promise<void> {
  const progress = progressLine(request.io);
  const started = performance.now();
  let count = 0;
  try {
    for await (const { texts, first, name } of chunks(request)) {
      const done = count;
      const rate = () => (1000 * count) / (performance.now() - started);
      const result = await translateChunk(translator, request, { texts, first, name }, (share) => {
        count = done + Math.floor(share * texts.length);
        progress.show(`${count} lines, ${rate().toFixed(1)} a second`);
      });
      count = done + texts.length;
      progress.clear();
      await output.write(result);
    }
  } finally {
    progress.clear();
  }
}

type Chunk = Lines & { readonly name: string };

async function* chunks({ io, texts, files }: TranslateRequest): AsyncGenerator<Chunk> {
  if (texts.length > 0) yield* slices({ texts: [...texts], first: 1 }, 'the arguments');
  else {
    for (const file of files.length > 0 ? files : ['-']) {
      const name = file === '-' ? 'stdin' : file;
      const bytes = file === '-' ? (io.stdin as AsyncIterable<Uint8Array>) : fileBytes(file);
      for await (const group of lineGroups(bytes, name)) {
        io.signal.throwIfAborted();
        yield* slices(group, name);
      }
    }
  }
}

function* slices({ texts, first }: Lines, name: string): Generator<Chunk> {
  for (let at = 0; at < texts.length; at += CHUNK) {
    yield { texts: texts.slice(at, at + CHUNK), first: first + at, name };
  }
}

async function translateChunk(
  translator: Translator,
  { io, json, nBest, batchSize, search }: TranslateRequest,
  chunk: Chunk,
  onShare: (share: number) => void,
): Promise<string> {
  const options: BatchOptions = { ...search, batchSize, signal: io.signal };
  try {
    if (nBest !== undefined) return await nBestLines(translator, chunk, nBest, options, json, onShare);
    const results = await translator.translateBatch(chunk.texts, {
      ...options,
      onProgress: ({ done, total }) => onShare(done / total),
    });
    const line = (translation: string, i: number) =>
      json ? JSON.stringify({ source: chunk.texts[i], translation }) : translation;
    return results.map((translation, i) => `${line(translation, i)}\n`).join('');
  } catch (error) {
    if (errorCode(error) !== 'bad-text') throw error;
    const last = chunk.first + chunk.texts.length - 1;
    const where = last > chunk.first ? `lines ${chunk.first} to ${last}` : `line ${chunk.first}`;
    const why = (error as Error).message.replace(/^\[ringformer[^\]]*\] /, '');
    throw new FailedError(`${chunk.name}, ${where}: ${why}`, { cause: error });
  }
}

async function nBestLines(
  translator: Translator,
  { texts, first }: Chunk,
  count: number,
  options: TranslateOptions,
  json: boolean,
  onShare: (share: number) => void,
): Promise<string> {
  const out: string[] = [];
  for (const [i, source] of texts.entries()) {
    const found = await translator.nBest(source, { ...options, beams: Math.max(count, options.beams ?? 1) });
    const best = found.slice(0, count);
    const translations = best.map(({ text, score }) => ({ translation: text, score }));
    if (json)
      out.push(
        JSON.stringify({ source, translation: best[0]?.text ?? '', score: best[0]?.score ?? 0, nBest: translations }),
      );
    else out.push(...best.map(({ text, score }) => `${first + i}\t${score.toFixed(4)}\t${text}`));
    onShare((i + 1) / texts.length);
  }
  return out.map((line) => `${line}\n`).join('');
}
