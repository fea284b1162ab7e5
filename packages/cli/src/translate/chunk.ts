import { reasonOf } from '@ringformer/core/base';
import type { BatchOptions, TranslateOptions, Translator } from '@ringformer/seq2seq/engine';
import { errorCode, FailedError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { Lines } from '../lines.ts';

/** Lines of one source, whose name appears in errors. */
export type Chunk = Lines & { readonly name: string };

export type ChunkOptions = {
  readonly io: Io;
  readonly json: boolean;
  readonly nBest: number | undefined;
  readonly batchSize: number;
  readonly search: Omit<TranslateOptions, 'signal'>;
};

/** The output lines of a chunk. @throws FailedError that says in which lines the problem is */
export async function translateChunk(
  translator: Translator,
  { io, json, nBest, batchSize, search }: ChunkOptions,
  chunk: Chunk,
  onShare: (share: number) => void,
): Promise<string> {
  const options: TranslateOptions = { ...search, signal: io.signal };
  try {
    if (nBest !== undefined) return await nBestLines(translator, chunk, nBest, options, json, onShare);
    const batch: BatchOptions = { ...options, batchSize, onProgress: ({ done, total }) => onShare(done / total) };
    const line = (result: string, i: number) => (/[\r\n]/.test(chunk.texts[i] as string) ? result : oneLine(result));
    if (!json) {
      const results = await translator.translateBatch(chunk.texts, batch);
      return results.map((result, i) => `${line(result, i)}\n`).join('');
    }
    const results = await translator.translateDetailed(chunk.texts, batch);
    const entries = results.map(({ text, confidence }, i) =>
      JSON.stringify({ source: chunk.texts[i], translation: line(text, i), confidence }),
    );
    return entries.map((entry) => `${entry}\n`).join('');
  } catch (error) {
    if (errorCode(error) !== 'bad-text') throw error;
    const last = chunk.first + chunk.texts.length - 1;
    const where = last > chunk.first ? `lines ${chunk.first} to ${last}` : `line ${chunk.first}`;
    throw new FailedError(`${chunk.name}, ${where}: ${reasonOf(error)}`, { cause: error });
  }
}

async function nBestLines(
  translator: Translator,
  chunk: Chunk,
  count: number,
  options: TranslateOptions,
  json: boolean,
  onShare: (share: number) => void,
): Promise<string> {
  const out: string[] = [];
  for (const [i, source] of chunk.texts.entries()) {
    const found = await translator.nBest(source, { ...options, beams: Math.max(count, options.beams ?? 1) });
    const best = found.slice(0, count);
    const translations = best.map(({ text, score, confidence }) => ({
      translation: oneLine(text),
      score,
      confidence,
    }));
    if (json) {
      const [first] = translations;
      out.push(JSON.stringify({ source, translation: '', score: 0, confidence: 1, ...first, nBest: translations }));
    } else {
      const number = chunk.first + i;
      out.push(...translations.map(({ translation, score }) => `${number}\t${score.toFixed(4)}\t${translation}`));
    }
    onShare((i + 1) / chunk.texts.length);
  }
  return out.map((line) => `${line}\n`).join('');
}

/** One line out for one line in, whatever the model writes. */
export function oneLine(translation: string): string {
  return translation.replace(/[\t\r\n]+/g, ' ');
}
