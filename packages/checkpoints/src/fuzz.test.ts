import { readFileSync } from 'node:fs';
import { deriveSeed, isRingformerError, mix32 } from '@ringformer/core/base';
import { expect, test } from 'vitest';
import { archive, stateDict } from '../test/build.ts';
import { readTorch } from './index.ts';

const COUNT = 10_000;

const golden = (name: string) => new Uint8Array(readFileSync(new URL(`../test/goldens/${name}`, import.meta.url)));
const SEEDS = [
  golden('kinds.pt'),
  golden('trainer.pt'),
  golden('protocol4.pt'),
  golden('evil.pt'),
  golden('values.pt'),
  golden('newer.pt'),
  golden('legacy-2.pt'),
  golden('legacy-4.pt'),
  archive(stateDict()),
];

/** Whole numbers below `n`, from a seed. */
const dice = (seed: number) => {
  let i = 0;
  return (n: number) => (mix32(deriveSeed(seed, i++)) >>> 0) % n;
};

/** Changes, cuts, repeats or splices bytes; half of the time within the pickle. */
function mutate(bytes: Uint8Array, roll: (n: number) => number): Uint8Array {
  const pickle = bytes.indexOf(0x80, 30);
  const [from, size] = roll(2) === 0 && pickle > 0 ? [pickle, 400] : [0, bytes.length];
  const at = () => Math.min(bytes.length - 1, from + roll(size));
  const changed = bytes.slice();
  for (let i = 0; i <= roll(8); i++) changed[at()] = roll(256);
  const kind = roll(6);
  if (kind === 0) return changed.slice(0, roll(bytes.length));
  if (kind === 1) changed.copyWithin(at(), at(), at());
  if (kind === 2) return Uint8Array.from([...changed.slice(0, at()), ...changed.slice(at())]);
  if (kind === 3) changed.fill(roll(256), at(), Math.min(bytes.length, at() + roll(16)));
  return changed;
}

/** The most memory that this process has had, in bytes. */
const peak = () => 1024 * process.resourceUsage().maxRSS;

test(`${COUNT} damaged archives are read or refused, none more, in 512 MB`, () => {
  let refused = 0;
  for (let i = 0; i < COUNT; i++) {
    const roll = dice(i);
    const bytes = mutate(SEEDS[i % SEEDS.length] as Uint8Array, roll);
    try {
      const tensors = Object.values(readTorch(bytes));
      const numbers = tensors.reduce((sum, { data }) => sum + data.length, 0);
      expect(4 * numbers).toBeLessThanOrEqual(4 * bytes.length + 2 ** 20);
    } catch (error) {
      if (!isRingformerError(error)) throw new Error(`archive ${i}: ${(error as Error).stack}`);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(COUNT / 4);
  expect(refused).toBeLessThan(COUNT);
  expect(peak()).toBeLessThan(512e6);
});
