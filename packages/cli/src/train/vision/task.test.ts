import { expect, test } from 'vitest';
import { mix, randomBeta } from './task.ts';

test('mixup mixes each image with one, by a share that the seed decides', () => {
  const images = Float32Array.of(1, 2, 3, 4, 5, 6);
  const batch = { images, shape: [3, 1, 1, 2] as const, labels: Int32Array.of(0, 1, 2) };
  const { images: mixed, mixed: told } = mix(batch, 0.4, 9);
  const share = told!.share;
  expect([...told!.others]).toEqual([2, 1, 0]);
  const expected = [5, 6, 3, 4, 1, 2].map((other, i) => Math.fround(share * images[i]! + (1 - share) * other));
  expect([...mixed]).toEqual(expected);
  expect(mix(batch, 0.4, 9)).toEqual(mix(batch, 0.4, 9));
  expect(mix(batch, 0.4, 10).mixed?.share).not.toBe(share);
});

test.each([0.2, 1, 4])('Beta(%d, same) has mean ½ and variance 1/(4(2α + 1))', (alpha) => {
  const drawn = Array.from({ length: 4000 }, (_, seed) => randomBeta(alpha, seed));
  const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
  const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
  expect(mean).toBeCloseTo(0.5, 1);
  expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeGreaterThan(0.9);
  expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeLessThan(1.1);
  expect(drawn.every((x) => x >= 0 && x <= 1)).toBe(true);
});
