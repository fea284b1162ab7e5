import { expect, test } from 'vitest';
import { sinusoidalPositions } from './positions.ts';
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
