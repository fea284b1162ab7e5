import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adamUpdate,
  averageTrees,
  clipScale,
  cosine,
  globalNorm,
  initAdam,
  inverseSquareRoot,
  linearDecay,
  warmupStableDecay,
} from './optimizer.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';
import { disposeTree } from './tree.ts';

beforeAll(startCpu);

const LR = { lr: 0.1, epsilon: 1e-30 };

describe('Adam', () => {
  test('two steps by hand', () =>
    withoutLeaks(async () => {
      const options = { lr: 1, beta1: 0.5, beta2: 0.75, epsilon: 1 };
      const [params, first, second] = [{ w: tf.tensor1d([10]) }, { w: tf.tensor1d([4]) }, { w: tf.tensor1d([2]) }];
      const zero = initAdam(params);
      const one = adamUpdate(params, first, zero, options);
      // m 2, v 4; corrected 4 and 16; 10 − 4 / (4 + 1)
      await expectClose(one.params.w, [9.2]);
      await expectClose(one.state.m.w, [2]);
      await expectClose(one.state.v.w, [4]);
      const two = adamUpdate(one.params, second, one.state, options);
      // m 2, v 4; corrected 2 / 0.75 and 4 / 0.4375
      await expectClose(two.params.w, [9.2 - 2 / 0.75 / (Math.sqrt(4 / 0.4375) + 1)]);
      expect([zero.step, one.state.step, two.state.step]).toEqual([0, 1, 2]);
      await expectClose(params.w, [10]); // nothing is changed in place
      for (const { m, v } of [zero, one.state, two.state]) for (const tree of [m, v]) disposeTree(tree);
      for (const tree of [params, first, second, one.params, two.params]) disposeTree(tree);
    }));

  /** The parameter after one update from [2, −2] with gradient [1, 3]. */
  const updated = async (options: object) => {
    const [params, grads] = [{ w: tf.tensor1d([2, -2]) }, { w: tf.tensor1d([1, 3]) }];
    const zero = initAdam(params);
    const next = adamUpdate(params, grads, zero, { ...LR, ...options });
    const values = [...(await next.params.w.data())];
    for (const tree of [params, grads, zero.m, zero.v, next.params, next.state.m, next.state.v]) disposeTree(tree);
    return values;
  };

  test('L2 joins the gradient and goes through the moments; weight decay shrinks the weight separately', () =>
    withoutLeaks(async () => {
      await expectClose(await updated({}), [1.9, -2.1]); // the first step is lr · sign(gradient)
      await expectClose(await updated({ l2: 1 }), [1.9, -2.1]); // gradients 3 and 1
      await expectClose(await updated({ l2: 2 }), [1.9, -1.9]); // gradients 5 and −1
      await expectClose(await updated({ weightDecay: 2 }), [2 - 0.4 - 0.1, -2 + 0.4 - 0.1]);
    }));

  test('gradScale scales the gradient before everything else', () =>
    withoutLeaks(async () => {
      await expectClose(await updated({ gradScale: 0.5, epsilon: 1 }), [2 - 0.05 / 1.5, -2 - 0.15 / 2.5]);
      await expectClose(await updated({ gradScale: 0.5, l2: 1 }), [1.9, -1.9]); // 2.5 and −0.5: L2 is not scaled
    }));
});

test('the norm of all leaves together, and the factor that clips it', () =>
  withoutLeaks(async () => {
    const tree = { a: tf.tensor1d([3, 0]), b: { c: tf.tensor2d([[4], [12]]) } };
    const norm = globalNorm(tree);
    await expectClose(norm, [13]);
    tf.dispose([norm, tree]);
    expect(clipScale(13, 1)).toBeCloseTo(1 / 13, 6);
    expect(clipScale(4, 1)).toBe(1 / 4.000001);
    expect(clipScale(0.5, 1)).toBe(1);
    expect(clipScale(13, undefined)).toBe(1);
  }));

test('the mean of trees', () =>
  withoutLeaks(async () => {
    const make = (x: number) => ({ w: tf.tensor1d([x, 2 * x]) });
    const trees = [make(1), make(2), make(6)] as [{ w: tf.Tensor1D }, ...{ w: tf.Tensor1D }[]];
    const mean = tf.tidy(() => averageTrees(trees));
    await expectClose(mean.w, [3, 6]);
    for (const tree of [...trees, mean]) disposeTree(tree);
  }));

describe('schedules', () => {
  test('inverse square root: up to the peak, then down by √', () => {
    const rate = inverseSquareRoot({ peak: 1, warmup: 4 });
    expect([0, 1, 3, 4, 15, 63].map(rate)).toEqual([0.25, 0.5, 1, Math.sqrt(4 / 5), 0.5, 0.25]);
  });

  test('inverse square root without warm-up starts at the peak', () => {
    const rate = inverseSquareRoot({ peak: 2, warmup: 0 });
    expect([0, 3].map(rate)).toEqual([2, 1]);
  });

  test("cosine with warm-up, as the reference's recorded one", async () => {
    const rate = cosine({ peak: 7e-4, warmup: 10, total: 100 });
    const recorded: [step: number, lr: number][] = [
      [0, 0.0],
      [1, 7.000000000000001e-5],
      [9, 0.00063],
      [10, 0.0007],
      [11, 0.0006997867894566835],
      [25, 0.0006531088913245536],
      [40, 0.000525],
      [55, 0.00035],
      [70, 0.00017500000000000008],
      [85, 4.689110867544645e-5],
      [99, 2.1321054331648325e-7],
      [100, 0.0],
      [101, 2.1321054331648325e-7],
      [102, 8.52582409061492e-7],
    ];
    for (const [step, lr] of recorded) await expectClose([rate(step)], [lr], { atol: 1e-17 });
  });

  test("linear with warm-up, as the reference's recorded one", async () => {
    const rate = linearDecay({ peak: 7e-4, warmup: 10, total: 100 });
    const recorded = [0, 7.000000000000001e-5, 0.0007, 0.0006922222222222222, 0.0006766666666666667, 0, 0];
    await expectClose([0, 1, 10, 11, 13, 100, 102].map(rate), recorded, { atol: 1e-17 });
    expect(linearDecay({ peak: 1, warmup: 0, total: 4 })(1)).toBe(0.75);
  });

  test('warm-up, constant rate and cooldown, never below 0', async () => {
    const rate = warmupStableDecay({ peak: 2, warmup: 4, total: 10, cooldown: 4 });
    await expectClose([0, 1, 3, 4, 6, 7, 9, 10, 11].map(rate), [0.5, 1, 2, 2, 2, 1.5, 0.5, 0, 0]);
    const flat = warmupStableDecay({ peak: 2, warmup: 0, total: 10, cooldown: 0 });
    expect([0, 5, 10].map(flat)).toEqual([2, 2, 2]);
  });

  test('cosine by hand', async () => {
    const rate = cosine({ peak: 2, warmup: 2, total: 6 });
    await expectClose([0, 1, 2, 3, 4, 6].map(rate), [0, 1, 2, 1 + Math.SQRT1_2, 1, 0], { atol: 1e-12 });
    expect(cosine({ peak: 1, warmup: 0, total: 4 })(0)).toBe(1);
  });
});
