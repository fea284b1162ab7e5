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
 * Fails with the worst element and its place unless all are close; NaN is close to nothing. Tensors stay the caller's.
 * → the largest |actual − expected|
 */
export async function expectClose(
  actual: Numbers,
  expected: Numbers,
  { atol = 1e-5, rtol = 0 }: Closeness = {},
): Promise<number> {
  const [got, want] = await Promise.all([read(actual), read(expected)]);
  if (got.shape && want.shape) expect(got.shape, 'shape').toEqual(want.shape);
  expect(got.data.length, 'how many numbers').toBe(want.data.length);
  const excess = Array.from(got.data, (x, i) => {
    const y = want.data[i] as number;
    if (x === y) return Number.NEGATIVE_INFINITY;
    const beyond = Math.abs(x - y) - (atol + rtol * Math.abs(y));
    return Number.isNaN(beyond) ? Number.POSITIVE_INFINITY : beyond;
  });
  const worst = excess.reduce((most, x, i) => (x > (excess[most] as number) ? i : most), 0);
  if (!((excess[worst] ?? 0) > 0)) {
    return Array.from(got.data).reduce(
      (most, x, i) => (x === want.data[i] ? most : Math.max(most, Math.abs(x - (want.data[i] as number)))),
      0,
    );
  }
  const [x, y] = [got.data[worst] as number, want.data[worst] as number];
  const beyond = excess.filter((x) => x > 0).length;
  return expect.fail(
    `${beyond} of ${excess.length} numbers are not close. Worst is [${place(worst, got.shape ?? want.shape)}]: ` +
      `${x}, expected ${y}, off by ${Math.abs(x - y)}, allowed ${atol + rtol * Math.abs(y)}.`,
  );
}

async function read(numbers: Numbers): Promise<{ shape?: number[]; data: ArrayLike<number> }> {
  if (numbers instanceof tf.Tensor) return { shape: [...numbers.shape], data: await numbers.data() };
  return 'data' in numbers ? { shape: [...numbers.shape], data: numbers.data } : { data: numbers };
}

function place(at: number, shape: readonly number[] = []): string {
  const index: number[] = [];
  for (const size of [...shape].reverse()) {
    index.unshift(at % size);
    at = Math.floor(at / size);
  }
  return shape.length > 0 ? index.join(', ') : String(at);
}

/** Runs `work` and fails unless as many tensors and buffers are alive after it as before. */
export async function withoutLeaks<T>(work: () => T | Promise<T>): Promise<T> {
  const before = tf.memory();
  const result = await work();
  const after = tf.memory();
  expect(after.numTensors - before.numTensors, 'tensors left behind').toBe(0);
  expect(after.numDataBuffers - before.numDataBuffers, 'buffers left behind').toBe(0);
  return result;
}
