import { checkWhole, RingformerError } from '@ringformer/core/base';
import { type Measure, sumRows } from './measure.ts';
import { MOST_INTEGERS, numpyIntegers } from './numpy-random.ts';

export type BootstrapOptions = {
  /** How often the sentences are drawn. Default 1000, as in sacreBLEU. */
  readonly samples?: number;
  /** Default 12345, as in sacreBLEU; below 2^32. */
  readonly seed?: number;
};

/** The mean score of the samples; 95 % of them lie within `mean ± ci`. */
export type Interval = { readonly mean: number; readonly ci: number };

/** `p`: how likely so large a difference is if both are equally good (Koehn, 2004); below 0.05 it is called significant. */
export type Comparison = Interval & { readonly score: number; readonly p: number };

const WHERE = '[ringformer/text]';

/**
 * 95 % confidence intervals by bootstrap resampling (Koehn, 2004), equal to those of `sacrebleu --confidence`: the same
 * sentences are drawn, with NumPy's generator. The measures, by any names, are of the same sentences.
 * @throws RingformerError 'bad-argument' if they differ in number, or for a bad option.
 */
export function confidenceIntervals<Name extends string>(
  measures: Readonly<Record<Name, Measure>>,
  options: BootstrapOptions = {},
): Record<Name, Interval> {
  const names = Object.keys(measures) as Name[];
  const scores = resampled(
    names.map((name) => measures[name]),
    options,
  );
  return Object.fromEntries(names.map((name, i) => [name, interval(scores[i] as number[])])) as Record<Name, Interval>;
}

/**
 * Compares a system with a baseline by paired bootstrap resampling, as `sacrebleu --paired-bs` does, name by name.
 * @throws RingformerError 'bad-argument' if the measures are of different numbers of sentences, or for a bad option.
 */
export function pairedBootstrap<Name extends string>(
  system: Readonly<Record<Name, Measure>>,
  baseline: Readonly<Record<Name, Measure>>,
  options: BootstrapOptions = {},
): Record<Name, { readonly system: Comparison; readonly baseline: Interval & { readonly score: number } }> {
  const names = Object.keys(system) as Name[];
  const pairs = names.map((name) => [system[name], baseline[name]] as const);
  const scores = resampled(pairs.flat(), options);
  const compared = names.map((name, i) => {
    const [ours, theirs] = [scores[2 * i] as number[], scores[2 * i + 1] as number[]];
    const [score, other] = (pairs[i] as readonly Measure[]).map(({ rows, score }) => score(sumRows(rows)));
    const apart = ours.map((x, at) => Math.abs(x - theirs[at]!));
    const usual = mean(apart);
    const beyond = apart.filter((x) => x - usual > Math.abs(score! - other!)).length;
    const p = (beyond + 1) / (apart.length + 1);
    return [
      name,
      { system: { score, ...interval(ours), p }, baseline: { score: other, ...interval(theirs) } },
    ] as const;
  });
  return Object.fromEntries(compared) as ReturnType<typeof pairedBootstrap<Name>>;
}

/** Each measure's score of every sample; all of them see the same sentences. */
function resampled(measures: readonly Measure[], { samples = 1000, seed = 12345 }: BootstrapOptions): number[][] {
  checkWhole(WHERE, 'samples', samples, 2);
  checkWhole(WHERE, 'seed', seed, 0, 2 ** 32 - 1);
  const count = measures[0]?.rows.length ?? 0;
  const other = measures.find(({ rows }) => rows.length !== count);
  if (other || count === 0 || count > MOST_INTEGERS) {
    const why = other
      ? `measures of ${count} and of ${other.rows.length} sentences cannot be compared. Give both the same sentences.`
      : `expected 1 to ${MOST_INTEGERS} sentences, got ${count}.`;
    throw new RingformerError('bad-argument', `${WHERE} bootstrap: ${why}`);
  }
  const next = numpyIntegers(seed, count);
  const drawn = new Uint32Array(count);
  const scores = measures.map(() => [] as number[]);
  for (let sample = 0; sample < samples; sample++) {
    for (let i = 0; i < count; i++) drawn[i] = next();
    measures.forEach(({ rows, score }, at) => {
      const sums = Array.from(rows[0] as readonly number[], () => 0);
      for (const line of drawn) {
        const row = rows[line] as readonly number[];
        for (let i = 0; i < sums.length; i++) sums[i]! += row[i]!;
      }
      scores[at]?.push(score(sums));
    });
  }
  return scores;
}

function interval(scores: readonly number[]): Interval {
  const sorted = [...scores].sort((a, b) => a - b);
  const outside = Math.floor(sorted.length / 40);
  return { mean: mean(sorted), ci: (sorted[sorted.length - 1 - outside]! - sorted[outside]!) / 2 };
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
