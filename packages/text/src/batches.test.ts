import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesByTokens, type IdPair, makeBatch, pairLengths, planEpoch } from './batches.ts';

const IDS = { padId: 0, bosId: 1, eosId: 2 };
const side = fc.array(fc.integer({ min: 4, max: 99 }), { maxLength: 20 });
const corpus = fc.array(fc.record({ source: side, target: side }), { maxLength: 60 });
const plan = fc.record({
  maxTokens: fc.integer({ min: 22, max: 200 }),
  maxLength: fc.integer({ min: 3, max: 22 }),
  seed: fc.integer(),
  epoch: fc.nat(50),
});

describe('makeBatch', () => {
  const pairs: IdPair[] = [
    { source: [10, 11, 12], target: [20] },
    { source: [], target: [21, 22] },
    { source: [13], target: [] },
  ];

  it('frames rows with bos and eos and fills them with padding', () => {
    expect(makeBatch(pairs, [1, 0], IDS)).toEqual({
      source: Int32Array.of(1, 2, 0, 0, 0, 1, 10, 11, 12, 2),
      sourceLength: 5,
      target: Int32Array.of(1, 21, 22, 2, 1, 20, 2, 0),
      targetLength: 4,
      rows: 2,
      tokens: 5, // 21 22 eos 20 eos
    });
  });

  it('uses the ids it is given', () => {
    const batch = makeBatch(pairs, Uint32Array.of(2, 0), { padId: 9, bosId: 7, eosId: 8 });
    expect([...batch.source]).toEqual([7, 13, 8, 9, 9, 7, 10, 11, 12, 8]);
    expect([...batch.target]).toEqual([7, 8, 9, 7, 20, 8]);
  });

  it('refuses an index without a pair', () => {
    expect(() => makeBatch(pairs, [3], IDS)).toThrow('There is no pair 3; there are 3.');
  });
});

describe('planEpoch', () => {
  it('puts every pair that is not too long into exactly one batch within the budget', () => {
    fc.assert(
      fc.property(corpus, plan, (pairs, options) => {
        const { batches, dropped } = planEpoch(pairLengths(pairs), options);
        const longest = (i: number) => Math.max(pairs[i]!.source.length, pairs[i]!.target.length) + 2;
        const fitting = pairs.map((_, i) => i).filter((i) => longest(i) <= options.maxLength);
        const planned = batches.flatMap((batch) => [...batch]);
        expect(planned.sort((a, b) => a - b)).toEqual(fitting);
        expect(dropped).toBe(pairs.length - fitting.length);
        for (const indices of batches) {
          const batch = makeBatch(pairs, indices, IDS);
          expect(batch.rows).toBeGreaterThan(0);
          expect(batch.rows * Math.max(batch.sourceLength, batch.targetLength)).toBeLessThanOrEqual(options.maxTokens);
        }
      }),
    );
  });

  it('depends only on seed and epoch', () => {
    const lengths = Uint32Array.from({ length: 400 }, (_, i) => 1 + ((i * 7) % 13));
    const options = { maxTokens: 100, maxLength: 20, seed: 5, epoch: 3 };
    const plan = planEpoch(lengths, options);
    expect(planEpoch(lengths, options)).toEqual(plan);
    expect(planEpoch(lengths, { ...options, epoch: 4 })).not.toEqual(plan);
    expect(planEpoch(lengths, { ...options, seed: 6 })).not.toEqual(plan);
  });

  it('gives this order for this seed, on every machine', () => {
    const lengths = Uint32Array.of(3, 3, 3, 3, 3, 3, 9, 1, 1, 9, 3, 3, 4, 2, 2, 4);
    const order = (epoch: number) =>
      planEpoch(lengths, { maxTokens: 12, maxLength: 11, seed: 1, epoch }).batches.map((batch) => [...batch]);
    expect(order(0)).toEqual([[7, 6], [4], [5, 0], [2, 1], [3]]);
    expect(order(1)).toEqual([[7, 6], [4], [0, 1], [5, 2], [3]]);
  });

  it('mixes pairs of similar length differently in each epoch, and shuffles the batches', () => {
    const lengths = new Uint32Array(2000).fill(5);
    const options = { maxTokens: 70, maxLength: 20, seed: 0 };
    const first = planEpoch(lengths, { ...options, epoch: 0 }).batches;
    const second = planEpoch(lengths, { ...options, epoch: 1 }).batches;
    expect(first.every((batch) => batch.length === 10)).toBe(true);
    const together = new Set(first.flatMap((batch) => [...batch].flatMap((a) => [...batch].map((b) => `${a} ${b}`))));
    const again = second.flatMap((batch) =>
      [...batch].flatMap((a) => [...batch].filter((b) => a !== b).map((b) => `${a} ${b}`)),
    );
    expect(again.filter((pair) => together.has(pair)).length / again.length).toBeLessThan(0.05); // 9/999 expected
    const byLength = planEpoch(
      Uint32Array.from({ length: 2000 }, (_, i) => 1 + (i % 18)),
      { ...options, epoch: 0 },
    );
    const sizes = byLength.batches.map((batch) => batch.length);
    expect(sizes).not.toEqual([...sizes].sort((a, b) => b - a));
  });

  it('keeps padding small', () => {
    const lengths = Uint32Array.from({ length: 8000 }, (_, i) => 1 + (((i * 2654435761) % 997) % 25));
    let [used, padded] = [0, 0];
    for (const batch of planEpoch(lengths, { maxTokens: 1000, maxLength: 30, seed: 0, epoch: 0 }).batches) {
      const sources = [...batch].map((i) => lengths[2 * i]! + 2);
      const targets = [...batch].map((i) => lengths[2 * i + 1]! + 2);
      used += [...batch].reduce((sum, i) => sum + Math.max(lengths[2 * i]!, lengths[2 * i + 1]!) + 2, 0);
      padded += batch.length * Math.max(...sources, ...targets);
    }
    expect(used / padded).toBeGreaterThan(0.95);
  });

  it.each([
    [{ maxTokens: 10, maxLength: 20 }, /maxTokens \(10\) must be .* maxLength \(20\)/],
    [{ maxLength: 2 }, /maxLength must be an integer of 3 or more/],
    [{ seed: 0.5 }, /seed must be an integer/],
    [{ epoch: -1 }, /epoch must be/],
  ])('refuses %o', (change, message) => {
    const options = { maxTokens: 100, maxLength: 20, seed: 0, epoch: 0, ...change };
    expect(() => planEpoch(new Uint32Array(4), options)).toThrow(message);
    expect(() => planEpoch(new Uint32Array(4), options)).toThrow(expect.objectContaining({ code: 'bad-argument' }));
  });

  it('refuses lengths that are not pairs', () => {
    const options = { maxTokens: 100, maxLength: 20, seed: 0, epoch: 0 };
    expect(() => planEpoch(new Uint32Array(3), options)).toThrow('got 3 of them');
  });
});

describe('batchesByTokens', () => {
  it('returns the batches of the plan, starting at any of them', () => {
    const pairs = Array.from({ length: 50 }, (_, i) => ({ source: Array(1 + (i % 7)).fill(i), target: [i] }));
    const options = { maxTokens: 40, maxLength: 12, seed: 2, epoch: 1, ...IDS };
    const all = [...batchesByTokens(pairs, options)];
    const { batches } = planEpoch(pairLengths(pairs), options);
    expect(all).toHaveLength(batches.length);
    expect(makeBatch(pairs, batches[4]!, IDS)).toEqual(all[4]);
  });
});

it('makes batches of at most so many rows, if that is said', () => {
  const lengths = new Uint32Array(2 * 10).fill(3);
  const plan = (maxRows?: number) =>
    planEpoch(lengths, { maxTokens: 40, maxRows, maxLength: 10, seed: 1, epoch: 0 }).batches.map(
      ({ length }) => length,
    );
  expect(plan().sort()).toEqual([2, 8]); // 8 rows of 3 + 2 tokens
  expect(plan(4).sort()).toEqual([2, 4, 4]);
  expect(plan(9).sort()).toEqual([2, 8]);
});
