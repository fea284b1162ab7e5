import { pause } from '@ringformer/core/base';
import { type Brake, type Choice, choiceAfter, type Guard, mostRefused } from './brake.ts';
import { type Hypothesis, scored } from './hypothesis.ts';
import type { Decoding, Top } from './inference.ts';

export type GreedyOptions = {
  readonly startId: number;
  /** Ends a sentence; without it, every sentence runs to its limit, as in the reference. */
  readonly endId?: number;
  /** The maximum number of tokens of each sentence. */
  readonly limits: readonly number[];
  /** α of the score's length penalty, as in beam search. It never changes the tokens. Default 0. */
  readonly lengthPenalty?: number;
  /** For each sentence, how often its translation may repeat itself. Without one, as often as it likes. */
  readonly brakes?: readonly (Brake | undefined)[];
  /** For each sentence, which tokens may come next. */
  readonly guards?: readonly Guard[];
  readonly signal?: AbortSignal;
  /** Called with each token as it is chosen. */
  readonly onToken?: (sentence: number, token: number) => void;
};

/**
 * The most likely token at each step, for as many sentences as `limits` has entries. Sentences that have ended leave the
 * batch. Owns `decoding` and disposes of it, even when aborted. Sums are float32, as in beam search.
 * @throws the signal's reason once it is aborted.
 */
export async function greedySearch(decoding: Decoding, options: GreedyOptions): Promise<Hypothesis[]> {
  const { startId, endId, limits, lengthPenalty = 0, brakes, guards, signal, onToken } = options;
  const found = limits.map(() => ({ tokens: [] as number[], logProb: 0 }));
  const lengths = limits.map(() => 0);
  let alive = limits.map((_, sentence) => sentence);
  let last = alive.map(() => startId);
  try {
    while (alive.length > 0) {
      await pause(signal);
      const choices = alive.map((sentence) =>
        choiceAfter(found[sentence]!.tokens, brakes?.[sentence], guards?.[sentence]),
      );
      const { ids, logProbs } = firstAllowed(await decoding.step(last, 1 + mostRefused(choices)), choices);
      const rows: number[] = [];
      alive.forEach((sentence, row) => {
        const hypothesis = found[sentence]!;
        const token = ids[row]!;
        hypothesis.logProb = Math.fround(hypothesis.logProb + logProbs[row]!);
        lengths[sentence]!++;
        if (token === endId) return;
        hypothesis.tokens.push(token);
        onToken?.(sentence, token);
        if (hypothesis.tokens.length < limits[sentence]!) rows.push(row);
      });
      last = rows.map((row) => ids[row]!);
      if (rows.length > 0 && rows.length < alive.length) decoding.select(rows, rows);
      alive = rows.map((row) => alive[row]!);
    }
    return found.map(({ tokens, logProb }, i) => scored(tokens, logProb, lengths[i]!, lengthPenalty));
  } finally {
    decoding.dispose();
  }
}

/** The likeliest token of each row that may come next; the likeliest of all if none of those given may. */
function firstAllowed(top: Top, choices: readonly Choice[]): Top {
  const each = top.ids.length / choices.length;
  if (each === 1) return top;
  const places = choices.map(({ may }, row) => {
    const found = top.ids.subarray(row * each, (row + 1) * each).findIndex((id) => may(id));
    return row * each + Math.max(0, found);
  });
  return {
    ids: Int32Array.from(places, (at) => top.ids[at]!),
    logProbs: Float32Array.from(places, (at) => top.logProbs[at]!),
  };
}
