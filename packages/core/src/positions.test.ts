import { expect, test } from 'vitest';
import { levelWaves, sinusoidalPositions } from './positions.ts';
import { expectClose } from './testing/expect.ts';

test('sines and cosines of the same angle side by side', () =>
  expectClose(sinusoidalPositions(3, 4), [
    ...[0, 1, 0, 1],
    ...[Math.sin(1), Math.cos(1), Math.sin(0.01), Math.cos(0.01)],
    ...[Math.sin(2), Math.cos(2), Math.sin(0.02), Math.cos(0.02)],
  ]));

test('positions counted from later on are the same positions', () => {
  expect(sinusoidalPositions(2, 6, 5)).toEqual(sinusoidalPositions(7, 6).slice(5 * 6));
});

test('level waves: positions and columns count from 1; odd columns are cosines, even ones sines, of 10000^(2k/d)', () => {
  const [first, second] = [levelWaves(1, 4), levelWaves(1, 4, 1)];
  [Math.cos(1 / 100), Math.sin(1 / 1e4), Math.cos(1 / 1e6), Math.sin(1 / 1e8)].forEach((x, k) =>
    expect(first[k]).toBeCloseTo(x, 7),
  );
  expect(second[0]).toBeCloseTo(Math.cos(2 / 100), 7);
  expect(second[1]).toBeCloseTo(Math.sin(2 / 1e4), 7);
});

test('level waves: rows from a later start are the same rows', () => {
  expect([...levelWaves(3, 6, 2)]).toEqual([...levelWaves(5, 6).slice(12)]);
});
