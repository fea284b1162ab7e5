import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test.for<[string, string, number]>([
  ['', 'abc', 3],
  ['beam', 'beam', 0],
  ['bean', 'beam', 1],
  ['baem', 'beam', 1],
  ['kitten', 'sitting', 3],
])('%s to %s is %i', ([a, b, distance]) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test('a slip finds its word, noise finds none', () => {
  const commands = ['translate', 'train', 'evaluate', 'verify', 'doctor'];
  expect(nearest('trainslate', commands)).toBe('translate');
  expect(nearest('veryfy', commands)).toBe('verify');
  expect(nearest('eval', commands)).toBe('evaluate');
  expect(nearest('compile', commands)).toBeUndefined();
});
