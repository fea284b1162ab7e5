import { mix32 } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Stepper } from '../src/index.ts';

/** Like a decoder's state: a row a sentence, and a row a hypothesis with the ids read so far. */
export type ToyState = { readonly sentences: tf.Tensor2D; readonly read?: tf.Tensor2D };

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

/** A language given by its probabilities after each prefix ('' is the start): what is not listed ends at once. */
export const listedLanguage =
  (endId: number, listed: Record<string, number[]>): Language =>
  (_, tokens) => {
    const after = listed[tokens.slice(1).join(' ')];
    return Array.from({ length: 5 }, (_, id) => Math.log(after ? (after[id] ?? 0) || 1e-30 : id === endId ? 1 : 1e-30));
  };

/** A stepper over a toy language; `onStep` hears of each step. */
export function toyStepper(language: Language, onStep: () => void = () => {}): Stepper<ToyState> {
  const pick = (x: tf.Tensor2D, rows: number[]) => tf.gather(x, tf.tensor1d(rows, 'int32'));
  return {
    step(tokens, { sentences, read }) {
      onStep();
      return tf.tidy(() => {
        const next = read ? tf.concat([read, tokens], 1) : tokens.clone();
        const prefixes = next.arraySync();
        const numbers = sentences.arraySync() as number[][];
        const beams = prefixes.length / numbers.length;
        const rows = prefixes.map((prefix, row) => language(numbers[Math.floor(row / beams)]![0]!, prefix));
        return { logProbs: tf.tensor2d(rows), state: { sentences: sentences.clone(), read: next } };
      });
    },
    select({ sentences, read }, rows, stay) {
      return tf.tidy(() => ({
        sentences: stay ? pick(sentences, stay) : sentences.clone(),
        ...(read ? { read: pick(read, rows) } : {}),
      }));
    },
    dispose: ({ sentences, read }) => tf.dispose([sentences, read ?? []]),
  };
}

export const toyState = (sentences: number[]): ToyState => ({
  sentences: tf.tensor2d(sentences, [sentences.length, 1], 'int32'),
});

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
