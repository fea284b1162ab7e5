import { MASKED, pause } from '@ringformer/core/base';
import { type Brake, type Choice, choiceAfter, type Guard, mostRefused } from './brake.ts';
import { type Hypothesis, penalised, scored } from './hypothesis.ts';
import type { Decoding, Top } from './inference.ts';

export type BeamOptions = {
  readonly beams: number;
  readonly startId: number;
  readonly endId: number;
  /** The maximum number of tokens of each sentence. */
  readonly limits: readonly number[];
  /** α of Σ log p / ((5 + length) / 6)^α (Wu et al., 2016, eq. 14); 0 compares plain sums. */
  readonly lengthPenalty?: number;
  /** Stops a sentence once `beams` hypotheses have ended (default), or only when no live one can overtake them. */
  readonly earlyStop?: boolean;
  /** For each sentence, how often its translation may repeat itself. Without one, as often as it likes. */
  readonly brakes?: readonly (Brake | undefined)[];
  /** For each sentence, which tokens may come next. */
  readonly guards?: readonly Guard[];
  readonly signal?: AbortSignal;
};

type Beam = { readonly tokens: number[]; readonly logProb: number };
const DEAD = MASKED / 2;

/**
 * Beam search over as many sentences as `limits` has entries → up to `beams` hypotheses for each, best first.
 * `decoding` has one row per sentence. Sentences that have ended leave the batch. Owns `decoding` and disposes of it.
 * @throws the signal's reason once it is aborted.
 */
export async function beamSearch(decoding: Decoding, options: BeamOptions): Promise<Hypothesis[][]> {
  const {
    beams: k,
    startId,
    endId,
    limits,
    lengthPenalty: alpha = 0,
    earlyStop = true,
    brakes,
    guards,
    signal,
  } = options;
  const ended: Hypothesis[][] = limits.map(() => []);
  let alive = limits.map((_, sentence) => ({ sentence, beams: [{ tokens: [], logProb: 0 }] as Beam[] }));
  try {
    for (let length = 1; alive.length > 0; length++) {
      await pause(signal);
      const width = alive[0]?.beams.length ?? 1;
      const beams = alive.flatMap(({ beams }) => beams);
      const choices = alive.flatMap(({ sentence, beams }) =>
        beams.map(({ tokens }) => choiceAfter(tokens, brakes?.[sentence], guards?.[sentence])),
      );
      // Each row gives 2k continuations that are allowed, however many of its best ones are not.
      const top = await decoding.step(
        beams.map(({ tokens }) => tokens.at(-1) ?? startId),
        2 * k + mostRefused(choices),
      );
      const candidates = alive.map((_, at) => best(top, { beams, choices }, at * width, width, 2 * k));

      const rows: number[] = [];
      const stay: number[] = [];
      const next: typeof alive = [];
      alive.forEach(({ sentence, beams }, at) => {
        const survivors: Beam[] = [];
        const parents: number[] = [];
        const done = ended[sentence] as Hypothesis[];
        for (const [rank, { parent, token, logProb }] of (candidates[at] ?? []).entries()) {
          if (survivors.length === k || logProb < DEAD) break;
          const { tokens } = beams[parent] as Beam;
          if (token === endId) {
            // An end that is not among the k best is dropped: it would only hasten the early stop.
            if (rank < k) done.push(scored(tokens, logProb, length, alpha));
          } else {
            survivors.push({ tokens: [...tokens, token], logProb });
            parents.push(at * width + parent);
          }
        }
        done.sort((a, b) => b.score - a.score).splice(k);
        const limit = limits[sentence]!;
        const leader = survivors[0];
        // At best, a live hypothesis keeps its sum and grows to the limit, where the penalty divides it most.
        const reachable = leader
          ? Math.max(penalised(leader.logProb, length + 1, alpha), penalised(leader.logProb, limit + 1, alpha))
          : Number.NEGATIVE_INFINITY;
        const settled = done.length === k && (earlyStop || reachable <= (done[k - 1] as Hypothesis).score);
        if (leader && !settled && length < limit) {
          while (survivors.length < k) {
            survivors.push({ tokens: leader.tokens, logProb: MASKED });
            parents.push(parents[0]!);
          }
          next.push({ sentence, beams: survivors });
          rows.push(...parents);
          stay.push(at);
        } else if (!settled) {
          done.push(...survivors.map(({ tokens, logProb }) => scored(tokens, logProb, length, alpha)));
          done.sort((a, b) => b.score - a.score).splice(k);
        }
      });
      if (next.length > 0) decoding.select(rows, stay.length < alive.length ? stay : undefined);
      alive = next;
    }
    return ended;
  } finally {
    decoding.dispose();
  }
}

type Candidate = { readonly parent: number; readonly token: number; readonly logProb: number };

/**
 * The `count` best continuations of one sentence, whose `width` hypotheses begin at row `first`: with 2k for k beams, k
 * may end and k still live on. Sums are float32. Ties go to the earlier hypothesis, then to the lower id.
 */
function best(
  { ids, logProbs }: Top,
  { beams, choices }: { readonly beams: readonly Beam[]; readonly choices: readonly Choice[] },
  first: number,
  width: number,
  count: number,
): Candidate[] {
  const each = ids.length / beams.length;
  const all: Candidate[] = [];
  for (let parent = 0; parent < width; parent++) {
    const { logProb } = beams[first + parent] as Beam;
    const { may } = choices[first + parent] as Choice;
    for (let i = (first + parent) * each; i < (first + parent + 1) * each; i++) {
      if (may(ids[i]!)) all.push({ parent, token: ids[i]!, logProb: Math.fround(logProb + logProbs[i]!) });
    }
  }
  return all.sort((a, b) => b.logProb - a.logProb || a.parent - b.parent || a.token - b.token).slice(0, count);
}
