import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveSeed, dropoutMask, mix32, randomNormal, randomUniform } from './random.ts';

test("mix32 is MurmurHash3's finaliser", () => {
  expect(mix32(0)).toBe(0);
  expect(mix32(1) >>> 0).toBe(0x514e28b7);
  expect(mix32(-1) >>> 0).toBe(0x81f16f39);
});

test('the mask follows its formula, element by element', () => {
  const [rate, seed] = [0.4, 12345];
  const mask = dropoutMask(50, rate, seed);
  for (let i = 0; i < 50; i++) {
    const draw = mix32(Math.imul(i, 0x9e3779b1) ^ mix32(seed)) >>> 8;
    expect(mask[i]).toBe(draw >= Math.floor(rate * 2 ** 24) ? Math.fround(1 / (1 - rate)) : 0);
  }
});

test('dropout drops the share it should, others for other seeds, the same for the same', () => {
  const size = 40_000;
  for (const rate of [0.1, 0.5, 0.9]) {
    const [mask, again, other] = [7, 7, 8].map((seed) => dropoutMask(size, rate, seed)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    expect(again).toEqual(mask);
    expect(mask.filter((x) => x === 0).length / size).toBeCloseTo(rate, 1.9);
    expect(mask.reduce((sum, x) => sum + x, 0) / size).toBeCloseTo(1, rate === 0.9 ? 0.9 : 1.5);
    const both = mask.filter((x, i) => x === 0 && other[i] === 0).length / size;
    expect(both).toBeCloseTo(rate ** 2, 1.5); // independent of each other
  }
  expect(dropoutMask(100, 0, 1).every((x) => x === 1)).toBe(true);
});

test('derived seeds differ from each other and from their source', () => {
  const seeds = Array.from({ length: 1000 }, (_, stream) => deriveSeed(1, stream));
  expect(new Set([...seeds, deriveSeed(2, 0), 1]).size).toBe(1002);
});

test('uniform numbers are within [0, 1), normal ones finite, for any seed', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(randomUniform(100, seed).every((x) => x >= 0 && x < 1)).toBe(true);
      expect(randomNormal(100, seed).every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
