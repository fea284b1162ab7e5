import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** A tensor, numbers with a shape, or just numbers. */
export type Numbers =
  | tf.Tensor
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> }
  | ArrayLike<number>;

/** Allowed is |actual − expected| ≤ atol + rtol · |expected|. */
export type Closeness = { readonly atol?: number; readonly rtol?: number };

/**
 * Fails with the worst element and its position unless all are close; NaN is close to nothing. The caller keeps the tensors.
 * → the largest |actual − expected|
 */
export async function expectClose(actual: Numbers, expected: Numbers, closeness: Closeness = {}): Promise<number> {
  const [got, want] = await Promise.all([read(actual), read(expected)]);
  if (got.shape && want.shape) expect(got.shape, 'shape').toEqual(want.shape);
  return expectCloseNumbers(got.data, want.data, closeness, got.shape ?? want.shape);
}

/** The same for numbers that are already here. A closeness that is a number allows that much · (1 + |expected|). */
export function expectCloseNumbers(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  closeness: Closeness | number = {},
  shape: readonly number[] = [],
): number {
  const { atol = 1e-5, rtol = 0 } = typeof closeness === 'number' ? { atol: closeness, rtol: closeness } : closeness;
  expect(actual.length, 'how many numbers').toBe(expected.length);
  let [largest, beyond, at, most] = [0, 0, 0, 0];
  for (let i = 0; i < actual.length; i++) {
    const [x, y] = [actual[i]!, expected[i]!];
    if (x === y) continue;
    const deviation = Number.isNaN(x - y) ? Number.POSITIVE_INFINITY : Math.abs(x - y);
    largest = Math.max(largest, deviation);
    const excess = deviation - (atol + rtol * Math.abs(y));
    if (!(excess <= 0)) beyond++;
    if (excess > most || Number.isNaN(excess))
      [at, most] = [i, Number.isNaN(excess) ? Number.POSITIVE_INFINITY : excess];
  }
  if (beyond === 0) return largest;
  const [x, y] = [actual[at]!, expected[at]!];
  return expect.fail(
    `${beyond} of ${actual.length} numbers are not close. Worst is [${place(at, shape)}]: ` +
      `${x}, expected ${y}, off by ${Math.abs(x - y)}, allowed ${atol + rtol * Math.abs(y)}.`,
  );
}

async function read(numbers: Numbers): Promise<{ shape?: number[]; data: ArrayLike<number> }> {
  if (numbers instanceof tf.Tensor) return { shape: [...numbers.shape], data: await numbers.data() };
  return 'data' in numbers ? { shape: [...numbers.shape], data: numbers.data } : { data: numbers };
}

function place(at: number, shape: readonly number[]): string {
  const index: number[] = [];
  for (const size of [...shape].reverse()) {
    index.unshift(at % size);
    at = Math.floor(at / size);
  }
  return shape.length > 0 ? index.join(', ') : String(at);
}

/** Runs `work` and fails if the number of living tensors or buffers has changed afterwards. */
export async function withoutLeaks<T>(work: () => T | Promise<T>): Promise<T> {
  const before = tf.memory();
  const result = await work();
  const after = tf.memory();
  expect(after.numTensors - before.numTensors, 'tensors left behind').toBe(0);
  expect(after.numDataBuffers - before.numDataBuffers, 'buffers left behind').toBe(0);
  return result;
}
