import { addBias, disposeTree, feedForward, leaves, linear, valueAndGrads } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { levelSignal, withSignal } from './low-rank.ts';
import { signalAttention, signalFeedForward } from './merge.ts';

beforeAll(startCpu);

const [d, f, r] = [4, 6, 2];
const few = [1, d - 1, d];
const many = [2, d / 2, d];

const noise = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
const projection = (out: number, inner: number, seed: number) => ({
  weight: noise([out, inner], seed),
  bias: noise([out], seed + 1),
});
const signal = (seed: number) => ({ down: noise([r, d], seed), up: noise([r, d], seed + 1) });
const parameters = () => ({
  attn: {
    query: projection(d, d, 1),
    key: projection(d, d, 3),
    value: { weight: noise([d, d], 5) },
    out: projection(d, d, 7),
  },
  ffn: { fc1: projection(f, d, 9), fc2: projection(d, f, 11) },
  signals: { query: signal(13), key: signal(15), value: signal(17), ffn: signal(19) },
});
type Parameters = ReturnType<typeof parameters>;

/** Sums of squares of everything that a level's projections give, so that every parameter has a gradient. */
const squares = (...outputs: tf.Tensor[]): tf.Scalar => tf.addN(outputs.map((y) => tf.sum(tf.square(y)))) as tf.Scalar;

function asWritten({ attn, ffn, signals }: Parameters, x: tf.Tensor): tf.Scalar {
  const { query, key, value } = attn;
  return squares(
    tf.add(linear(query, x), levelSignal(signals.query, x)),
    tf.add(linear(key, x), levelSignal(signals.key, x)),
    tf.add(linear(value, x), levelSignal(signals.value, x)),
    feedForward(ffn, withSignal(signals.ffn, x)),
    linear(attn.out, x),
  );
}

function signalled({ attn, ffn, signals }: Parameters, x: tf.Tensor): tf.Scalar {
  const { attn: own, added } = signalAttention(attn, signals, x);
  const plus = (y: tf.Tensor, z?: tf.Tensor) => (z ? tf.add(y, z) : y);
  const { ffn: network, input } = signalFeedForward(ffn, signals.ffn, x);
  return squares(
    plus(linear(own.query, x), added?.query),
    plus(linear(own.key, x), added?.key),
    plus(linear(own.value, x), added?.value),
    feedForward(network, input),
    linear(own.out, x),
  );
}

test.each([
  ['few', few],
  ['many', many],
])('%s tokens: the same values and gradients as signals that are added', (_, shape) =>
  withoutLeaks(async () => {
    const x = noise(shape, 30);
    const all = { ...parameters(), x };
    const [wanted, found] = [asWritten, signalled].map((loss) =>
      valueAndGrads(({ x, ...rest }: typeof all) => loss(rest, x), all),
    );
    await expectClose(found!.value, wanted!.value, { rtol: 1e-5 });
    const [a, b] = [leaves(wanted!.grads), leaves(found!.grads)];
    expect(b).toHaveLength(a.length);
    for (const [i, grad] of a.entries()) await expectClose(b[i]!, grad, { rtol: 1e-4, atol: 1e-4 });
    tf.dispose([...a, ...b, wanted!.value, found!.value, ...leaves(all)]);
  }),
);

test('from d tokens on nothing is left to add; before, the weights are those of the block', () =>
  withoutLeaks(async () => {
    const { attn, ffn, signals } = parameters();
    tf.tidy(() => {
      const short = signalAttention(attn, signals, noise(few, 1));
      expect(short.attn).toBe(attn);
      expect(Object.keys(short.added ?? {})).toEqual(['query', 'key', 'value']);
      expect(signalFeedForward(ffn, signals.ffn, noise(few, 1)).ffn).toBe(ffn);
      const x = noise(many, 1);
      const long = signalAttention(attn, signals, x);
      expect(long.added).toBeUndefined();
      expect(long.attn.out).toBe(attn.out);
      expect(signalFeedForward(ffn, signals.ffn, x).input).toBe(x);
    });
    disposeTree({ attn, ffn, signals });
  }));

test('what a level lacks stays as it is, and static signals join the biases', () =>
  withoutLeaks(async () => {
    const { attn, ffn, signals } = parameters();
    const constant = noise([d], 40);
    const x = noise(many, 1);
    const [found, wanted] = tf.tidy(() => {
      const own = signalAttention(attn, { key: { constant }, value: { constant } }, x).attn;
      expect(own.query.weight).toBe(attn.query.weight);
      const lone = signalFeedForward(ffn, { constant }, x);
      expect(lone.ffn).toBe(ffn);
      expect(signalAttention(attn, undefined, x)).toEqual({ attn });
      expect(signalFeedForward(ffn, undefined, x)).toEqual({ ffn, input: x });
      return [
        tf.stack([linear(own.key, x), linear(own.value, x), lone.input]),
        tf.stack([
          addBias(linear(attn.key, x), constant),
          addBias(linear(attn.value, x), constant),
          addBias(x, constant),
        ]),
      ];
    });
    await expectClose(found!, wanted!, { rtol: 1e-5 });
    disposeTree({ found, wanted, constant, x, attn, ffn, signals });
  }));
