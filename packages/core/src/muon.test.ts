import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { muonUpdate, orthogonalized } from './muon.ts';
import { adamUpdate, initAdam } from './optimizer.ts';
import { randomNormal } from './random.ts';
import { expectCloseNumbers, withoutLeaks } from './testing/expect.ts';
import { disposeTree } from './tree.ts';

beforeAll(startCpu);

const valuesOf = (make: () => tf.Tensor) => tf.tidy(() => make().dataSync());

/** What five iterations make of a singular value. */
function brought(s: number): number {
  let y = s;
  for (let i = 0; i < 5; i++) y = 3.4445 * y - 4.775 * y ** 3 + 2.0315 * y ** 5;
  return y;
}

test('brings each singular value near 1, in wide and tall matrices', () => {
  // singular values 30 and 40, so the 2-norm is 50
  const matrix = () => tf.tensor2d([0, 30, 0, 0, 0, -40], [2, 3]);
  const expected = [0, brought(0.6), 0, 0, 0, -brought(0.8)];
  expectCloseNumbers(
    valuesOf(() => orthogonalized(matrix())),
    expected,
  );
  expectCloseNumbers(
    valuesOf(() => tf.transpose(orthogonalized(tf.transpose(matrix())))),
    expected,
  );
  for (const s of [0.6, 0.8, 0.01, 0.3, 1]) expect(Math.abs(brought(s) - 1)).toBeLessThan(0.35);
});

test('turns with its input, in each matrix of a stack; zeros stay zeros', () => {
  const x = () => tf.tensor(randomNormal(24, 1), [2, 3, 4]);
  const turn = () => tf.tensor2d([0.6, -0.8, 0, 0.8, 0.6, 0, 0, 0, 1], [3, 3]);
  const turns = () => tf.stack([turn(), turn()]);
  expectCloseNumbers(
    valuesOf(() => orthogonalized(tf.matMul(turns(), x()))),
    valuesOf(() => tf.matMul(turns(), orthogonalized(x()))),
  );
  expectCloseNumbers(
    valuesOf(() => orthogonalized(tf.unstack(x())[1]!)),
    valuesOf(() => tf.unstack(orthogonalized(x()))[1]!),
  );
  expectCloseNumbers(
    valuesOf(() => orthogonalized(tf.zeros([2, 2]))),
    [0, 0, 0, 0],
  );
});

test('updates matrices of the block by Nesterov momentum, decay and size; two steps by hand', () =>
  withoutLeaks(async () => {
    // With one singular value, all that counts of the momentum is its sign.
    const tree = (value: number) => ({ attn: { query: { weight: tf.tensor2d([[0, value, 0, 0]]) } } });
    const [params, first, second] = [tree(2), tree(10), tree(-100)];
    const options = { lr: 0.1, weightDecay: 0.5, gradScale: 0.5 };
    const zero = initAdam(params);
    const one = muonUpdate(params, first, zero, options);
    const two = muonUpdate(one.params, second, one.state, options);
    const step = 0.1 * 0.2 * Math.sqrt(4) * brought(1);
    const weights = [one, two].map((update) => update.params.attn.query.weight.dataSync()[1]!);
    const momenta = [one, two].map(({ state }) => state.m.attn.query.weight.dataSync()[1]!);
    expectCloseNumbers(momenta, [0.05 * 5, 0.95 * 0.25 - 0.05 * 50]);
    expectCloseNumbers(weights, [2 * 0.95 - step, (2 * 0.95 - step) * 0.95 + step]);
    expect([one.state.step, two.state.step]).toEqual([1, 2]);
    for (const { m, v } of [zero, one.state, two.state]) for (const part of [m, v]) disposeTree(part);
    for (const part of [params, first, second, one.params, two.params]) disposeTree(part);
  }));

test('updates all else as Adam does: biases, signals, norms, embeddings', () =>
  withoutLeaks(async () => {
    const tree = (seed: number) => {
      const leaf = (i: number) => tf.tensor(randomNormal(6, seed + i), [2, 3]);
      return {
        shared: { ffn: { fc1: { weight: leaf(0), bias: leaf(1) } } },
        signals: { query: { down: leaf(2) } },
        embedding: { weight: leaf(3) },
      };
    };
    const [params, grads] = [tree(1), tree(10)];
    const zero = initAdam(params);
    const [muon, adam] = [muonUpdate, adamUpdate].map((update) => update(params, grads, zero, { lr: 0.1, l2: 0.2 }));
    const flat = ({ shared, signals, embedding }: typeof params) =>
      [shared.ffn.fc1.bias, signals.query.down, embedding.weight].map((leaf) => [...leaf.dataSync()]);
    expect(flat(muon!.params)).toEqual(flat(adam!.params));
    expect(flat(muon!.state.v)).toEqual(flat(adam!.state.v));
    const matrix = ({ shared }: typeof params) => [...shared.ffn.fc1.weight.dataSync()];
    expect(matrix(muon!.params)).not.toEqual(matrix(adam!.params));
    expect(matrix(muon!.state.v)).toEqual(matrix(zero.v));
    for (const { params: next, state } of [muon!, adam!])
      for (const part of [next, state.m, state.v]) disposeTree(part);
    for (const part of [params, grads, zero.m, zero.v]) disposeTree(part);
  }));
