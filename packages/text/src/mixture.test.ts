import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planMixture } from './mixture.ts';

const two = [
  { lines: 100, weight: 1 },
  { lines: 50, weight: 4 },
];

describe('planMixture', () => {
  it('computes shares by weight and lines, and by temperature', () => {
    expect(planMixture(two, { epochPairs: 10, seed: 1 }).shares).toEqual([1 / 3, 2 / 3]);
    const flat = planMixture(two, { epochPairs: 10, seed: 1, temperature: 2 });
    expect(flat.shares[0]).toBeCloseTo(10 / (10 + 4 * Math.sqrt(50)), 12);
  });

  it('draws each line once in every pass, whatever the size of an epoch', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 0, max: 99 }), (epochPairs, seed) => {
        const mixture = planMixture(two, { epochPairs, seed });
        const draws = Array.from({ length: 20 }, (_, epoch) => mixture.epoch(epoch)).flat();
        for (const [source, { lines }] of two.entries()) {
          const own = draws.filter((draw) => draw.source === source);
          expect(own.map(({ draw }) => draw)).toEqual(own.map((_, i) => i));
          for (let pass = 0; (pass + 1) * lines <= own.length; pass++) {
            const seen = own.slice(pass * lines, (pass + 1) * lines).map(({ line }) => line);
            expect(new Set(seen).size).toBe(lines);
          }
          expect(Math.abs(own.length - 20 * epochPairs * mixture.shares[source]!)).toBeLessThan(1);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('returns the same epoch whatever was requested before', () => {
    const one = planMixture(two, { epochPairs: 70, seed: 3 });
    const other = planMixture(two, { epochPairs: 70, seed: 3 });
    for (const epoch of [5, 0, 9, 1]) one.epoch(epoch);
    expect(one.epoch(4)).toEqual(other.epoch(4));
    const order = (seed: number) => planMixture(two, { epochPairs: 300, seed }).epoch(0);
    expect(order(1)).not.toEqual(order(2));
  });

  it.each([
    [[], {}, /at least one source/],
    [[{ lines: 0, weight: 1 }], {}, /must have lines; got 0/],
    [[{ lines: 1, weight: 0 }], {}, /weight must be above 0/],
    [two, { temperature: 0 }, /temperature/],
    [two, { epochPairs: 1.5 }, /epochPairs/],
    [two, { seed: 0.5 }, /seed/],
  ])('refuses %j with %j', (sources, options, message) => {
    expect(() => planMixture(sources, { epochPairs: 10, seed: 1, ...options })).toThrow(message);
  });
});
