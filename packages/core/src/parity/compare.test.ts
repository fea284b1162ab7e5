import { expect, test } from 'vitest';
import { finding, largestDeviation, largestRelative, worstOf } from './compare.ts';

test('the largest deviation, absolute and relative', () => {
  expect(largestDeviation([1, 2, 5], [1, 4, 4])).toBe(2);
  expect(largestRelative([1, 2, 5], [1, 4, 4])).toBe(0.5);
  expect(largestDeviation([], [])).toBe(0);
});

test.for<[string, number[], number[]]>([
  ['another length', [1], [1, 2]],
  ['NaN', [1, Number.NaN, 2], [1, 0, 2]],
  ['infinity', [Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY]],
])('%s never passes', ([, got, want]) => {
  expect(largestDeviation(got, want)).toBe(Number.POSITIVE_INFINITY);
  expect(finding('x', largestDeviation(got, want), 1e9).ok).toBe(false);
  expect(largestRelative(got, want)).toBe(Number.POSITIVE_INFINITY);
});

test('the worst of several is the one nearest to its own tolerance', () => {
  const small = finding('x', 2e-6, 1e-6, 'small');
  const large = finding('x', 1e-4, 1e-3, 'large');
  expect(worstOf([small, large])).toBe(small);
  expect(small.ok).toBe(false);
});

test('a tolerance of 0 lets nothing pass but 0', () => {
  expect(finding('ids', 0, 0).ok).toBe(true);
  expect(finding('ids', 1, 0).ok).toBe(false);
});
