import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectClose, withoutLeaks } from './expect.ts';

beforeAll(startCpu);

const fails = (work: Promise<unknown>, message: string | RegExp) => expect(work).rejects.toThrow(message);

describe('expectClose', () => {
  test('names the worst element and its place', () =>
    fails(
      expectClose({ shape: [2, 3], data: [0, 0, 0.5, 0, 0, 4] }, { shape: [2, 3], data: [0, 0, 0, 0, 0, 1] }),
      '2 of 6 numbers are not close. Worst is [1, 2]: 4, expected 1, off by 3, allowed 0.00001.',
    ));

  test('allows atol and rtol', async () => {
    await expectClose([100, 1], [101, 1.5], { atol: 0.6, rtol: 0.01 });
    await fails(expectClose([100], [101], { atol: 0.5 }), 'off by 1');
    await expectClose([Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY]);
  });

  test('is close to no NaN, no other shape, no other count', async () => {
    await fails(expectClose([Number.NaN], [1], { atol: 9 }), 'NaN, expected 1');
    await fails(expectClose([1], [Number.NaN], { atol: 9 }), '1, expected NaN');
    await fails(expectClose([Number.POSITIVE_INFINITY], [1]), 'Infinity, expected 1');
    await fails(expectClose({ shape: [2, 1], data: [1, 2] }, { shape: [1, 2], data: [1, 2] }), 'shape');
    await fails(expectClose([1, 2], [1]), 'how many');
  });
});

test('withoutLeaks fails for a tensor left behind', async () => {
  let leak: tf.Tensor | undefined;
  await fails(
    withoutLeaks(() => {
      leak = tf.scalar(1);
    }),
    'left behind',
  );
  leak?.dispose();
});
