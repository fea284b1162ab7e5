import { MASKED, pause } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Hypothesis } from './greedy.ts';
import type { Stepper } from './stepper.ts';

export type BeamOptions = {
  readonly beams: number;
  readonly startId: number;
  readonly endId: number;
  /** Most tokens of each sentence. */
  readonly limits: readonly number[];
  /** α of Σ log p / ((5 + length) / 6)^α (Wu et al., 2016, eq. 14); 0 compares bare sums. */
  readonly lengthPenalty?: number;
  /** Stop a sentence once `beams` hypotheses have ended (default), or only when no live one can overtake them. */
  readonly earlyStop?: boolean;
  readonly signal?: AbortSignal;
};

type Beam = { readonly tokens: number[]; readonly logProb: number };
const DEAD = MASKED / 2;

/**
 * Beam search over as many sentences as `limits` has entries → for each, up to `beams` hypotheses, best first.
 * `state` has one row a sentence. Sentences that have ended leave the batch. Owns `state` and disposes it.
 * @throws the signal's reason once it is aborted.
 */
export async function beamSearch<State>(
  stepper: Stepper<State>,
  state: State,
  options: BeamOptions,
): Promise<Hypothesis[][]> {
  const { beams: k, startId, endId, limits, lengthPenalty: alpha = 0, earlyStop = true, signal } = options;
  const score = (logProb: number, length: number) => logProb / ((5 + length) / 6) ** alpha;
  const ended: Hypothesis[][] = limits.map(() => []);
  const replace = (next: State) => {
    stepper.dispose(state);
    state = next;
  };

  let alive = limits.map((_, sentence) => ({ sentence, beams: [{ tokens: [], logProb: 0 }] as Beam[] }));
  try {
    for (let length = 1; alive.length > 0; length++) {
      await pause(signal);
      const picks = await extendBeams(
        stepper,
        state,
        alive.flatMap(({ beams }) => beams),
        alive.length,
        k,
        startId,
      );
      replace(picks.state);

      const rows: number[] = [];
      const stay: number[] = [];
      const width = alive[0]?.beams.length ?? 1;
      const next: typeof alive = [];
      alive.forEach(({ sentence, beams }, at) => {
        const survivors: Beam[] = [];
        const parents: number[] = [];
        const done = ended[sentence] as Hypothesis[];
        for (const [rank, { parent, token, logProb }] of (picks.candidates[at] ?? []).entries()) {
          if (survivors.length === k || logProb < DEAD) break;
          const { tokens } = beams[parent] as Beam;
          if (token === endId) {
            // An end that is not among the k best is dropped: it would only bring the early stop nearer.
            if (rank < k) done.push({ tokens, score: score(logProb, length) });
          } else {
            survivors.push({ tokens: [...tokens, token], logProb });
            parents.push(at * width + parent);
          }
        }
        done.sort((a, b) => b.score - a.score).splice(k);
        const limit = limits[sentence] as number;
        const best = survivors[0];
        // A live hypothesis can at most keep its sum and grow to the limit, where the penalty divides it most.
        const reachable = best
          ? Math.max(score(best.logProb, length + 1), score(best.logProb, limit + 1))
          : Number.NEGATIVE_INFINITY;
        const settled = done.length === k && (earlyStop || reachable <= (done[k - 1] as Hypothesis).score);
        if (best && !settled && length < limit) {
          while (survivors.length < k) {
            survivors.push({ tokens: best.tokens, logProb: MASKED });
            parents.push(parents[0] as number);
          }
          next.push({ sentence, beams: survivors });
          rows.push(...parents);
          stay.push(at);
        } else if (!settled) {
          done.push(...survivors.map(({ tokens, logProb }) => ({ tokens, score: score(logProb, length) })));
          done.sort((a, b) => b.score - a.score).splice(k);
        }
      });
      if (next.length > 0) replace(stepper.select(state, rows, stay.length < alive.length ? stay : undefined));
      alive = next;
    }
    return ended;
  } finally {
    stepper.dispose(state);
  }
}

/** The 2k best continuations of each sentence: k may end, and k still live on. */
async function extendBeams<State>(
  stepper: Stepper<State>,
  state: State,
  beams: Beam[],
  sentences: number,
  k: number,
  startId: number,
) {
  const tokens = tf.tensor2d(
    beams.map(({ tokens }) => tokens.at(-1) ?? startId),
    [beams.length, 1],
    'int32',
  );
  const { logProbs, state: next } = stepper.step(tokens, state);
  const vocabulary = logProbs.shape[1];
  const best = tf.tidy(() => {
    const totals = tf.add(
      logProbs,
      tf.tensor2d(
        beams.map(({ logProb }) => logProb),
        [beams.length, 1],
      ),
    );
    const flat = tf.reshape(totals, [sentences, -1]) as tf.Tensor2D;
    return tf.topk(flat, Math.min(2 * k, flat.shape[1]));
  });
  const [values, indices] = (await Promise.all([best.values.array(), best.indices.array()])) as [
    number[][],
    number[][],
  ];
  tf.dispose([tokens, logProbs, best.values, best.indices]);
  const candidates = values.map((row, s) =>
    row.map((logProb, i) => {
      const at = indices[s]?.[i] as number;
      return { parent: Math.floor(at / vocabulary), token: at % vocabulary, logProb };
    }),
  );
  return { state: next, candidates };
}
