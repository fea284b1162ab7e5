import { RingformerError, reasonOf } from '@ringformer/core/base';
import type { BatchOptions, TranslateOptions, Translator } from '@ringformer/seq2seq/engine';
import { errorCode, FailedError } from '../errors.ts';
import { type Io, write } from '../io.ts';
import type { Lines } from '../lines.ts';
import { lineWarnings } from './warnings.ts';

/** Lines of one source, whose name appears in errors. */
export type Chunk = Lines & {
  readonly name: string;
  /** What is wrong with lines that can't be read, by their number; they are empty here. */
  readonly bad?: ReadonlyMap<number, string>;
};

export type ChunkOptions = {
  readonly io: Io;
  readonly json: boolean;
  readonly nBest: number | undefined;
  readonly batchSize: number;
  readonly search: Omit<TranslateOptions, 'signal'>;
  /** Takes a line that cannot be translated, whose translation is then empty. Without it such a line is an error. */
  readonly onBad?: (line: number, why: string) => void;
};

/** The output lines of a chunk. @throws FailedError that says in which lines the problem is */
export async function translateChunk(
  translator: Translator,
  given: ChunkOptions,
  chunk: Chunk,
  onShare: (share: number) => void,
): Promise<string> {
  const { io, json, nBest, batchSize, search, onBad } = given;
  const warnings = lineWarnings();
  const options: TranslateOptions = { ...search, onWarning: warnings.onWarning, signal: io.signal };
  const tell = async (lines: string) => {
    const said = json ? '' : warnings.said(chunk.name, chunk.first);
    if (said !== '') await write(io.stderr, said);
    return lines;
  };
  try {
    if (nBest !== undefined) return await tell(await nBestLines(translator, chunk, given, options, warnings, onShare));
    const batch: BatchOptions = { ...options, batchSize, onProgress: ({ done, total }) => onShare(done / total) };
    const line = (result: string, i: number) => (/[\r\n]/.test(chunk.texts[i] as string) ? result : oneLine(result));
    if (!json) {
      const results = await translator.translateBatch(chunk.texts, batch);
      return await tell(results.map((result, i) => `${line(result, i)}\n`).join(''));
    }
    const results = await translator.translateDetailed(chunk.texts, batch);
    const entries = results.map(({ text, confidence, corrected }, i) =>
      JSON.stringify({
        source: chunk.texts[i],
        translation: line(text, i),
        confidence,
        corrected,
        warning: warnings.of(i),
      }),
    );
    return entries.map((entry) => `${entry}\n`).join('');
  } catch (error) {
    if (errorCode(error) !== 'bad-text') throw error;
    const { text } = (error as { cause: { text: number } }).cause;
    const line = chunk.first + text;
    const why = `${chunk.name}, line ${line}: ${reasonOf(error)}`;
    if (!onBad) throw new FailedError(why, { cause: error });
    onBad(line, why);
    return translateChunk(translator, given, { ...chunk, texts: chunk.texts.with(text, '') }, onShare);
  }
}

async function nBestLines(
  translator: Translator,
  chunk: Chunk,
  { nBest: count = 1, json }: ChunkOptions,
  options: TranslateOptions,
  warnings: ReturnType<typeof lineWarnings>,
  onShare: (share: number) => void,
): Promise<string> {
  const out: string[] = [];
  for (const [i, source] of chunk.texts.entries()) {
    const found = await translator
      .nBest(source, {
        ...options,
        beams: Math.max(count, options.beams ?? 1),
        onWarning: (warning) => warnings.onWarning({ ...warning, text: i }),
      })
      .catch((error: unknown) => {
        throw errorCode(error) === 'bad-text' ? atText(error as RingformerError, i) : error;
      });
    const best = found.slice(0, count);
    const translations = best.map(({ text, score, confidence, corrected }) => ({
      translation: oneLine(text),
      score,
      confidence,
      ...(corrected && { corrected }),
    }));
    if (json) {
      const [first] = translations;
      const warning = warnings.of(i);
      out.push(
        JSON.stringify({ source, translation: '', score: 0, confidence: 1, ...first, nBest: translations, warning }),
      );
    } else {
      const number = chunk.first + i;
      out.push(...translations.map(({ translation, score }) => `${number}\t${score.toFixed(4)}\t${translation}`));
    }
    onShare((i + 1) / chunk.texts.length);
  }
  return out.map((line) => `${line}\n`).join('');
}

/** The same error for a text of a batch. */
const atText = ({ code, message }: RingformerError, text: number) =>
  new RingformerError(code, message, { cause: { text } });

/** One line out for one line in, whatever the model writes. */
export function oneLine(translation: string): string {
  return translation.replace(/[\t\r\n]+/g, ' ');
}
