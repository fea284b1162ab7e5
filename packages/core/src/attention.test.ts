import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { attend, extend, keyValue, paddingBias, scaledDotProduct } from './attention.ts';
import { MASKED } from './mask.ts';
import { randomNormal } from './random.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';

beforeAll(startCpu);

const noise = (shape: number[], seed: number) => tf.tensor(randomNormal(tf.util.sizeFromShape(shape), seed), shape);

test('paddingBias: 0 at a token, MASKED at padding', () =>
  withoutLeaks(async () => {
    const bias = tf.tidy(() => paddingBias(tf.tensor2d([[5, 1, 1]], undefined, 'int32'), 1));
    await expectClose(bias, [0, MASKED, MASKED]);
    bias.dispose();
  }));

test('one query of two heads, by hand', () =>
  withoutLeaks(async () => {
    const query = tf.tensor3d([[[Math.log(3), 0, 0, 1]]]); // head 0: [ln 3, 0], head 1: [0, 1]
    const key = tf.tensor3d([
      [
        [Math.SQRT2, 9, 7, 0],
        [0, 9, 7, 0],
      ],
    ]);
    const value = tf.tensor3d([
      [
        [4, 0, 1, 2],
        [0, 8, 3, 4],
      ],
    ]);
    const seen: number[][] = [];
    const tap = (weights: tf.Tensor) => seen.push([...weights.dataSync()]);
    const out = tf.tidy(() => scaledDotProduct(query, { key, value }, { heads: 2, tap }));
    await expectClose(seen[0]!, [0.75, 0.25, 0.5, 0.5]); // scores ln 3 and 0; 0 and 0
    await expectClose(out, [3, 2, 2, 3]);
    tf.dispose([query, key, value, out]);
  }));

describe('attention', () => {
  const [b, n, m, dim, heads] = [2, 3, 5, 8, 2];
  const query = () => noise([b, n, dim], 1);
  const memory = () => ({ key: noise([b, m, dim], 2), value: noise([b, m, dim], 3) });

  test('does not see padding', () =>
    withoutLeaks(async () => {
      const [q, kv] = [query(), memory()];
      const bias = tf.tensor2d([0, 0, 0, MASKED, MASKED, 0, 0, 0, MASKED, MASKED], [b, m]);
      const masked = tf.tidy(() => scaledDotProduct(q, { ...kv, bias }, { heads }));
      const short = tf.tidy(() => {
        const cut = (x: tf.Tensor) => tf.slice(x, [0, 0, 0], [b, 3, dim]);
        return scaledDotProduct(q, { key: cut(kv.key), value: cut(kv.value) }, { heads });
      });
      await expectClose(masked, short, { atol: 1e-6 });
      tf.dispose([q, kv, bias, masked, short]);
    }));

  test('when causal sees itself and what came before: a later token changes nothing earlier', () =>
    withoutLeaks(async () => {
      const [q, kv] = [query(), memory()];
      const run = (kv: { key: tf.Tensor; value: tf.Tensor }) =>
        tf.tidy(() => tf.slice(scaledDotProduct(q, kv, { heads, causal: true }), [0, 0, 0], [b, 2, dim]));
      const before = run(kv);
      const changed = tf.tidy(() => {
        const change = (x: tf.Tensor) => tf.concat([tf.slice(x, 0, [b, m - 1, dim]), noise([b, 1, dim], 9)], 1);
        return { key: change(kv.key), value: change(kv.value) };
      });
      const after = run(changed);
      await expectClose(after, before, { atol: 0 });
      tf.dispose([q, kv, changed, before, after]);
    }));

  test('of only the last query equals the last row of all queries', () =>
    withoutLeaks(async () => {
      const [q, kv] = [query(), memory()];
      const all = tf.tidy(() => tf.slice(scaledDotProduct(q, kv, { heads, causal: true }), [0, 2, 0], [b, 1, dim]));
      const last = tf.tidy(() => scaledDotProduct(tf.slice(q, [0, 2, 0], [b, 1, dim]), kv, { heads, causal: true }));
      await expectClose(all, last, { atol: 1e-6 });
      tf.dispose([q, kv, all, last]);
    }));

  test('stays causal and finite if only padding may be seen', () =>
    withoutLeaks(async () => {
      const [q, kv] = [noise([1, 3, dim], 1), { key: noise([1, 3, dim], 2), value: noise([1, 3, dim], 3) }];
      const bias = tf.tensor2d([[MASKED, MASKED, 0]]);
      const seen: number[][] = [];
      const tap = (weights: tf.Tensor) => seen.push([...weights.dataSync()]);
      const out = tf.tidy(() => scaledDotProduct(q, { ...kv, bias }, { heads: 1, causal: true, tap }));
      await expectClose(seen[0]!, [1, 0, 0, 0.5, 0.5, 0, 0, 0, 1]);
      expect((await out.data()).every(Number.isFinite)).toBe(true);
      tf.dispose([q, kv, bias, out]);
    }));

  test('adds what a level adds to queries, keys and values', () =>
    withoutLeaks(async () => {
      const eye = { weight: tf.eye(dim) };
      const attn = { query: eye, key: eye, value: eye, out: eye };
      const [x, zero] = [query(), tf.zeros([b, n, dim])];
      const added = { query: noise([b, n, dim], 4), key: noise([b, n, dim], 5), value: noise([b, n, dim], 6) };
      const bias = tf.zeros([b, n]);
      const found = tf.tidy(() => {
        const kv = keyValue(attn, x, added, bias);
        expect(kv.bias).toBe(bias);
        return attend(attn, x, kv, { heads }, added);
      });
      const want = tf.tidy(() => {
        const [query, key, value] = [added.query, added.key, added.value].map((y) => tf.add(x, y));
        return scaledDotProduct(query as tf.Tensor, { key: key as tf.Tensor, value: value as tf.Tensor }, { heads });
      });
      await expectClose(found, want, { atol: 1e-6 });
      tf.dispose([eye, x, zero, added, bias, found, want]);
    }));
});

test('extend puts the past before now', () =>
  withoutLeaks(async () => {
    const row = (...values: number[]) => tf.tensor3d(values, [1, values.length, 1]);
    const past = { key: row(1, 2), value: row(3, 4), bias: tf.tensor2d([[0, MASKED]]) };
    const now = { key: row(5), value: row(6), bias: tf.tensor2d([[0]]) };
    expect(extend(undefined, now)).toBe(now);
    const both = extend(past, now);
    await expectClose(both.key, [1, 2, 5]);
    await expectClose(both.value, [3, 4, 6]);
    await expectClose(both.bias!, [0, MASKED, 0]);
    tf.dispose([{ ...past }, { ...now }, { ...both }]);
  }));
