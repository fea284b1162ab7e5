import { deriveSeed, randomUniform } from './random.ts';

/** Apart from the seeds of dropout, which are derived from the same one. */
const STREAM = 0x0d_e9_74;

/**
 * How many levels a batch passes on each side, for training that makes every depth useful: with probability `share`, each
 * side draws one of 1 to all of its `most` levels, all equally likely; otherwise the batch passes all. The same `seed` always
 * draws the same depths.
 */
export function drawDepths(seed: number, share: number, most: readonly number[]): number[] {
  const [chance = 1, ...draws] = randomUniform(1 + most.length, deriveSeed(seed, STREAM));
  if (chance >= share) return [...most];
  return most.map((levels, side) => 1 + Math.floor((draws[side] as number) * levels));
}
