import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { valueAndGrads } from './gradients.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';
import { disposeTree } from './tree.ts';

beforeAll(startCpu);

test('the value, the gradient of every leaf, and zeros for a leaf that is not used', () =>
  withoutLeaks(async () => {
    const params = { a: tf.tensor1d([1, 2]), b: { used: tf.scalar(3), not: tf.tensor1d([4, 5]) } };
    const { value, grads } = valueAndGrads(({ a, b }) => tf.sum(tf.mul(tf.square(a), b.used)), params);
    await expectClose(value, [15]);
    await expectClose(grads.a, [6, 12]);
    await expectClose(grads.b.used, [5]);
    await expectClose(grads.b.not, [0, 0]);
    value.dispose();
    disposeTree(grads);
    disposeTree(params);
  }));

test('a loss of several numbers is refused with advice; nothing leaks', () =>
  withoutLeaks(() => {
    const params = { a: tf.tensor1d([1, 2]) };
    expect(() => valueAndGrads(({ a }) => tf.square(a), params)).toThrow(
      expect.objectContaining({
        code: 'bad-shape',
        message: expect.stringContaining('shape [2]; expected a scalar. Reduce it with tf.mean or tf.sum'),
      }),
    );
    disposeTree(params);
  }));
