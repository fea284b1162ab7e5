import { pause } from '@ringformer/core/base';
import type { Decoding } from './inference.ts';

/**
 * Tokens without the start and end tokens. `score` is Σ log p, divided by the length penalty if there is one; NaN if the
 * decoding was opened without scores.
 */
export type Hypothesis = { readonly tokens: number[]; readonly score: number };

export type GreedyOptions = {
  readonly startId: number;
  /** Ends a sentence; without it, every sentence runs to its limit, as in the reference. */
  readonly endId?: number;
  /** The maximum number of tokens of each sentence. */
  readonly limits: readonly number[];
  readonly signal?: AbortSignal;
  /** Called with each token as it is chosen. */
  readonly onToken?: (sentence: number, token: number) => void;
};

/**
 * The most likely token at each step, for as many sentences as `limits` has entries. Sentences that have ended leave the
 * batch. Owns `decoding` and disposes of it, even when aborted.
 * @throws the signal's reason once it is aborted.
 */
export async function greedySearch(decoding: Decoding, options: GreedyOptions): Promise<Hypothesis[]> {
  const { startId, endId, limits, signal, onToken } = options;
  const found = limits.map(() => ({ tokens: [] as number[], score: 0 }));
  let alive = limits.map((_, sentence) => sentence);
  let last = alive.map(() => startId);
  try {
    while (alive.length > 0) {
      await pause(signal);
      const { ids, logProbs } = await decoding.step(last, 1);
      const rows: number[] = [];
      alive.forEach((sentence, row) => {
        const hypothesis = found[sentence] as { tokens: number[]; score: number };
        const token = ids[row]!;
        hypothesis.score += logProbs[row]!;
        if (token === endId) return;
        hypothesis.tokens.push(token);
        onToken?.(sentence, token);
        if (hypothesis.tokens.length < limits[sentence]!) rows.push(row);
      });
      last = rows.map((row) => ids[row]!);
      if (rows.length > 0 && rows.length < alive.length) decoding.select(rows, rows);
      alive = rows.map((row) => alive[row]!);
    }
    return found;
  } finally {
    decoding.dispose();
  }
}
