import { mix32 } from '@ringformer/core/base';
import type { Decoding } from '../src/inference.ts';

/** log p of each next token, for a sentence of this number after these tokens (the start token first). */
export type Language = (sentence: number, tokens: readonly number[]) => number[];

/** Another distribution over `vocabulary` after every prefix of every sentence. */
export const noisyLanguage =
  (vocabulary: number, seed = 1): Language =>
  (sentence, tokens) => {
    const hash = tokens.reduce((hash, token) => mix32(hash * 31 + token + 1), mix32(seed * 1009 + sentence));
    const logits = Array.from({ length: vocabulary }, (_, i) => ((mix32(hash + 7919 * i) >>> 8) / 2 ** 24) * 3);
    const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
    return logits.map((x) => x - total);
  };

/** A language given by its probabilities after each prefix ('' is the start); prefixes that are not listed end at once. */
export const listedLanguage =
  (endId: number, listed: Record<string, number[]>): Language =>
  (_, tokens) => {
    const after = listed[tokens.slice(1).join(' ')];
    return Array.from({ length: 5 }, (_, id) => Math.log(after ? (after[id] ?? 0) || 1e-30 : id === endId ? 1 : 1e-30));
  };

/** How many toys were started and not disposed of. */
export let open = 0;

/** Sentences of a toy language being decoded; `onStep` is called at each step. */
export function toyDecoding(language: Language, sentences: readonly number[], onStep: () => void = () => {}): Decoding {
  open++;
  let stay = [...sentences];
  let read: number[][] = sentences.map(() => []);
  return {
    step(tokens, count) {
      onStep();
      const beams = tokens.length / stay.length; // the hypotheses of one sentence are consecutive
      read = tokens.map((token, row) => [...(read[row] as number[]), token]);
      const rows = read.map((prefix, row) => {
        const logProbs = language(stay[Math.floor(row / beams)]!, prefix);
        const ids = logProbs.map((_, id) => id).sort((a, b) => logProbs[b]! - logProbs[a]! || a - b);
        return ids.slice(0, count).map((id) => ({ id, logProb: logProbs[id]! }));
      });
      return {
        ids: Int32Array.from(rows.flat(), ({ id }) => id),
        logProbs: Float32Array.from(rows.flat(), ({ logProb }) => logProb),
      };
    },
    select(rows, kept) {
      read = rows.map((row) => read[row] as number[]);
      if (kept) stay = kept.map((sentence) => stay[sentence]!);
    },
    dispose: () => void open--,
  };
}

type Scored = { tokens: number[]; score: number };

/** Every sequence of at most `limit` tokens, best first: those that end, and those that reach the limit. */
export function exhaustive(
  language: Language,
  sentence: number,
  { startId, endId, limit, alpha }: { startId: number; endId: number; limit: number; alpha: number },
): Scored[] {
  const found: Scored[] = [];
  const walk = (tokens: number[], sum: number) => {
    const length = tokens.length + 1;
    language(sentence, [startId, ...tokens]).forEach((logProb, token) => {
      const score = (sum + logProb) / ((5 + length) / 6) ** alpha;
      if (token === endId) found.push({ tokens, score });
      else if (length === limit) found.push({ tokens: [...tokens, token], score });
      else walk([...tokens, token], sum + logProb);
    });
  };
  walk([], 0);
  return found.sort((a, b) => b.score - a.score);
}
