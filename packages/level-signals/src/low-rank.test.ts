import { disposeTree, initTree, randomNormal, valueAndGrads } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { attentionSignals, type Signals } from './attention.ts';
import { type LowRank, levelSignal } from './low-rank.ts';
import { lowRankSpec, signalsSpec } from './spec.ts';

beforeAll(startCpu);

const noise = (shape: number[], seed: number) => tf.tensor(randomNormal(tf.util.sizeFromShape(shape), seed), shape);

test('reads with `down`, writes with `up`: by hand', () =>
  withoutLeaks(async () => {
    const signal = { down: tf.tensor2d([[1, 2, 0]]), up: tf.tensor2d([[0, 1, 10]]) };
    const x = tf.tensor3d([
      [
        [1, 1, 5],
        [0, -1, 7],
      ],
    ]); // reads 3 and −2
    const found = levelSignal(signal, x);
    expect(found.shape).toEqual([1, 2, 3]);
    await expectClose(found, [0, 3, 30, 0, -2, -20]);
    tf.dispose([signal.down, signal.up, x, found]);
  }));

test('is the product with the d×d matrix AᵀB, which it never forms', () =>
  withoutLeaks(async () => {
    const signal = { down: noise([2, 5], 1), up: noise([2, 5], 2) };
    const x = noise([3, 4, 5], 3);
    const found = levelSignal(signal, x);
    const wanted = tf.tidy(() => {
      const dense = tf.matMul(signal.up, signal.down, true, false); // M = AᵀB, row form x·Mᵀ
      return tf.reshape(tf.matMul(tf.reshape(x, [12, 5]), dense, false, true), [3, 4, 5]);
    });
    await expectClose(found, wanted);
    tf.dispose([signal.down, signal.up, x, found, wanted]);
  }));

test('each of the attention signals is its own', () =>
  withoutLeaks(async () => {
    const signals = ['query', 'key', 'value', 'ffn'].map((name, i) => [
      name,
      { down: noise([1, 4], i), up: noise([1, 4], 10 + i) },
    ]);
    const tree = Object.fromEntries(signals) as Signals;
    const x = noise([1, 2, 4], 5);
    const added = attentionSignals(tree, x);
    for (const name of ['query', 'key', 'value'] as const) {
      const wanted = levelSignal(tree[name], x);
      await expectClose(added[name], wanted, { atol: 0 });
      wanted.dispose();
    }
    tf.dispose([x, { ...added }]);
    disposeTree(tree);
  }));

test.each([
  ['reference', 1e-6],
  ['lively', 0.125],
] as const)('starts silent: %s draws `down` from N(0, %d²)', (init, deviation) =>
  withoutLeaks(async () => {
    const spec = signalsSpec(3, 4, 64, init);
    const all = initTree(spec, 1);
    expect(all.ffn.up.shape).toEqual([3, 4, 64]);
    const seen = new Set<number>();
    for (const { down, up } of Object.values(all) as LowRank[]) {
      const values = (await down.data()) as Float32Array;
      expect(Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length) / deviation).toBeCloseTo(1, 1);
      expect((await up.data()).every((x) => x === 0)).toBe(true);
      seen.add(values[0]!);
    }
    expect(seen.size).toBe(4);
    disposeTree(all);
  }),
);

test('at the start only `up` learns; `down` follows once `up` is not zero', () =>
  withoutLeaks(async () => {
    const x = noise([2, 3, 8], 1);
    const loss = (signal: LowRank) => tf.sum(tf.square(tf.sub(levelSignal(signal, x), x)));
    const start = tf.tidy(() => {
      const { down, up } = initTree(lowRankSpec(1, 2, 8, 'lively'), 3);
      const level = { down: tf.reshape(down, [2, 8]), up: tf.reshape(up, [2, 8]) };
      tf.dispose([down, up]);
      return level;
    });
    const moved = { down: start.down, up: noise([2, 8], 4) };
    const [first, later] = [start, moved].map((signal) => valueAndGrads(loss, signal));
    const size = (x: tf.Tensor) => Math.max(...x.dataSync().map(Math.abs));
    expect(size(first!.grads.up)).toBeGreaterThan(0.1);
    expect(size(first!.grads.down)).toBe(0);
    expect(size(later!.grads.down)).toBeGreaterThan(0.1);
    for (const { value, grads } of [first!, later!]) tf.dispose([value, { ...grads }]);
    tf.dispose([x, start.down, start.up, moved.up]);
  }));
