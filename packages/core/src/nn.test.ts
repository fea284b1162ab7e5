import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { keyValue, paddingBias } from './attention.ts';
import { dropout, gelu, layerNorm, linear, logSoftmax, project } from './nn.ts';
import { dropoutMask } from './random.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';

beforeAll(startCpu);

/** Runs within a scope and compares. */
const gives = async (run: () => tf.Tensor, want: number[], shape: number[]) => {
  const got = tf.tidy(run);
  expect(got.shape).toEqual(shape);
  await expectClose(got, want, { atol: 1e-6 });
  got.dispose();
};

test('linear: y = x·Wᵀ + b with W [out in]', () =>
  withoutLeaks(async () => {
    const weight = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const bias = tf.tensor1d([10, 20, 30]);
    const x = tf.tensor3d([1, 0, 0, 1], [2, 1, 2]);
    await gives(() => linear({ weight, bias }, x), [11, 23, 35, 12, 24, 36], [2, 1, 3]);
    await gives(() => project(weight, x), [1, 3, 5, 2, 4, 6], [2, 1, 3]);
    tf.dispose([weight, bias, x]);
  }));

test('layerNorm: mean 0 and biased variance 1 over the last axis, then weight and bias', () =>
  withoutLeaks(async () => {
    const norm = { weight: tf.tensor1d([1, 2]), bias: tf.tensor1d([0, 5]) };
    const x = tf.tensor2d([1, 3, -4, -4], [2, 2]); // mean 2, variance 1; mean −4, variance 0
    await gives(() => layerNorm(norm, x, { epsilon: 0 + 1e-12 }), [-1, 7, 0, 5], [2, 2]);
    await gives(() => layerNorm(norm, x, { epsilon: 3 }), [-0.5, 6, 0, 5], [2, 2]); // √(1 + 3) = 2
    await gives(() => layerNorm(norm, x, { epsilon: 3, residual: x }), [-2 / 7 ** 0.5, 5 + 4 / 7 ** 0.5, 0, 5], [2, 2]);
    tf.dispose([x, norm.weight, norm.bias]);
  }));

test('gelu is exact: not the tanh approximation', () =>
  withoutLeaks(async () => {
    const x = tf.tensor1d([-10, -1, 0, 1, 2, 10]);
    await gives(() => gelu(x), [0, -0.15865525, 0, 0.84134475, 1.9544997, 10], [6]); // x·Φ(x); tanh gives 1.954598 at 2
    x.dispose();
  }));

describe('dropout', () => {
  test('of rate 0 is the identity', () => {
    const x = tf.tensor1d([1, 2]);
    expect(dropout(x)).toBe(x);
    expect(dropout(x, { rate: 0, seed: 5 })).toBe(x);
    x.dispose();
  });

  test('multiplies by the mask of its seed', () =>
    withoutLeaks(async () => {
      const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      const mask = dropoutMask(6, 0.5, 3);
      expect(new Set(mask)).toEqual(new Set([0, 2]));
      const want = [...mask].map((factor, i) => factor * (i + 1));
      await gives(() => dropout(x, { rate: 0.5, seed: 3 }), want, [2, 3]);
      x.dispose();
    }));
});

test('logSoftmax: exponentials sum to 1, also of large numbers', () =>
  withoutLeaks(async () => {
    const x = tf.tensor2d([0, Math.log(3), 1000, 1000], [2, 2]);
    await gives(() => logSoftmax(x), [-Math.log(4), Math.log(0.75), -Math.LN2, -Math.LN2], [2, 2]);
    x.dispose();
  }));

test('exported functions leave nothing behind except their result', () =>
  withoutLeaks(() => {
    const x = tf.ones([2, 3]);
    const vector = tf.ones([3]);
    const square = { weight: tf.ones([3, 3]), bias: vector };
    const norm = { weight: vector, bias: vector };
    const drop = { rate: 0.5, seed: 1 };
    const results: (() => tf.TensorContainer)[] = [
      () => linear(square, x),
      () => project(square.weight, x),
      () => layerNorm(norm, x),
      () => layerNorm(norm, x, { residual: x, drop }),
      () => gelu(x),
      () => gelu(x, drop),
      () => dropout(x, drop),
      () => logSoftmax(x),
      () => paddingBias(x, 0),
      () => ({ ...keyValue({ query: square, key: square, value: square, out: square }, x) }),
    ];
    for (const result of results) {
      const before = tf.memory().numTensors;
      const made = result();
      const own = made instanceof tf.Tensor ? 1 : 2;
      expect(tf.memory().numTensors - before, String(result)).toBe(own);
      tf.dispose(made);
    }
    tf.dispose([x, vector, square.weight]);
  }));
