import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { startWasm } from './start.ts';

beforeAll(async () => void (await startWasm()));

/** Numbers in [−1, 1) from a counter: the same each run. */
function numbers(size: number, seed: number): Float32Array {
  const out = new Float32Array(size);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = state / 2 ** 31;
  }
  return out;
}

/** The product of two matrices in float64. */
function reference(
  a: Float32Array,
  b: Float32Array,
  m: number,
  n: number,
  k: number,
  tA: boolean,
  tB: boolean,
): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++)
        sum += (a[tA ? p * m + i : i * k + p] as number) * (b[tB ? j * k + p : p * n + j] as number);
      out[i * n + j] = sum;
    }
  }
  return out;
}

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++)
    worst = Math.max(worst, Math.abs((actual[i] as number) - (expected[i] as number)));
  return worst;
}

const size = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 300 }) },
);

test('the product of any two matrices, plain and transposed', () => {
  fc.assert(
    fc.property(size, size, size, fc.boolean(), fc.boolean(), (m, n, k, tA, tB) => {
      const a = numbers(m * k, 1);
      const b = numbers(k * n, 2);
      const actual = tf.tidy(() =>
        tf.matMul(tf.tensor(a, tA ? [k, m] : [m, k]), tf.tensor(b, tB ? [n, k] : [k, n]), tA, tB).dataSync(),
      );
      expect(worst(actual, reference(a, b, m, n, k, tA, tB))).toBeLessThan(1e-6 * (k + 10));
    }),
    { numRuns: 300 },
  );
});
