import { expect, test } from 'vitest';
import { dropoutSites } from './pass.ts';

test('every site of a pass has its own seed, which depends only on the seed of the pass', () => {
  const seeds = (dropoutSeed: number) =>
    [0, 1].flatMap((stream) => {
      const next = dropoutSites(0.1, { dropoutSeed }, stream);
      return Array.from({ length: 40 }, () => next().seed);
    });
  expect(new Set([...seeds(1), ...seeds(2)]).size).toBe(160);
  expect(seeds(1)).toEqual(seeds(1));
});

test('without a seed there is no dropout', () => {
  expect(dropoutSites(0.1, {}, 0)()).toEqual({ rate: 0, seed: 0 });
  expect(dropoutSites(0.1, { dropoutSeed: 0 }, 0)().rate).toBe(0.1);
});
