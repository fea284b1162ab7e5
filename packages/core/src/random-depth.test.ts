import { expect, test } from 'vitest';
import { drawDepths } from './random-depth.ts';

const draws = (share: number, most: readonly number[]) =>
  Array.from({ length: 6000 }, (_, seed) => drawDepths(seed, share, most));

test('every depth equally often, one side as if the other were not there', () => {
  const found = draws(1, [3, 2]);
  const often = (encoder: number, decoder: number) =>
    found.filter(([a, b]) => a === encoder && b === decoder).length / found.length;
  for (const encoder of [1, 2, 3]) for (const decoder of [1, 2]) expect(often(encoder, decoder)).toBeCloseTo(1 / 6, 1);
  expect(found.every(([a, b]) => a! >= 1 && a! <= 3 && b! >= 1 && b! <= 2)).toBe(true);
});

test('only the share of batches that is asked for draws; the rest pass all', () => {
  const full = (share: number) => draws(share, [1000]).filter(([levels]) => levels === 1000).length / 6000;
  expect(full(0)).toBe(1);
  expect(full(0.25)).toBeCloseTo(0.75, 1);
  expect(full(1)).toBeLessThan(0.01);
});

test('the seed decides', () => {
  expect(drawDepths(7, 1, [6, 6])).toEqual(drawDepths(7, 1, [6, 6]));
  expect(new Set(Array.from({ length: 40 }, (_, seed) => String(drawDepths(seed, 1, [6, 6])))).size).toBeGreaterThan(
    15,
  );
});
