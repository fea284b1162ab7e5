import { leaves, type Tree, valueAndGrads } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { baselines } from './baselines/index.ts';
import { initVit } from './checkpoint.ts';
import { vitConfig } from './config.ts';
import { classLogits, encodeImages } from './encode.ts';
import type { AnyParams } from './params.ts';
import { drawTokens, seenPatches, seenRows, seenTokens } from './patch-dropout.ts';

beforeAll(startCpu);

const sizes = { dim: 8, heads: 2, mlpDim: 16, levels: 2, rank: 2, imageSize: 8, patchSize: 2, channels: 1, classes: 3 };
const config = vitConfig({ ...sizes, dropout: 0, signalInit: 'lively' });

test('the class token and a share of the patches, in their order; others for other images and seeds', () => {
  const { numbers, shape } = drawTokens(100, 16, 0.25, 7);
  expect(shape).toEqual([100, 13]);
  const images = Array.from({ length: 100 }, (_, i) => [...numbers.subarray(13 * i, 13 * (i + 1))]);
  for (const tokens of images) {
    expect(tokens[0]).toBe(0);
    expect(tokens.every((token, i) => i === 0 || (token > tokens[i - 1]! && token <= 16))).toBe(true);
  }
  expect(new Set(images.map(String)).size).toBeGreaterThan(95);
  const counts = Array.from({ length: 16 }, (_, i) => images.filter((tokens) => tokens.includes(i + 1)).length);
  for (const count of counts) expect(Math.abs(count - 75)).toBeLessThan(20); // 4.6 standard deviations
  expect(drawTokens(100, 16, 0.25, 7).numbers).toEqual(numbers);
  expect(drawTokens(100, 16, 0.25, 8).numbers).not.toEqual(numbers);
  expect(drawTokens(1, 16, 0.99, 7).shape).toEqual([1, 2]); // one patch at least
});

test.each([1, -0.5, Number.NaN])('a share of %d is refused', (rate) =>
  expect(() => drawTokens(2, 4, rate, 3)).toThrow(/patchDropout is .*; expected a share/),
);

test('patches and rows of the tokens that are seen, by hand', () =>
  withoutLeaks(async () => {
    const seen = { numbers: Int32Array.of(0, 1, 3, 0, 2, 3), shape: [2, 3] as const };
    const patches = tf.tensor3d([
      [[1], [2], [3]],
      [[4], [5], [6]],
    ]);
    const table = tf.tensor2d([[9], [8], [7], [6]]);
    const [found, rows] = [seenPatches(patches, seen), seenRows(table, seen)];
    expect([found.shape, rows.shape]).toEqual([
      [2, 2, 1],
      [2, 3, 1],
    ]);
    await expectClose(found, [1, 3, 5, 6]);
    await expectClose(rows, [9, 8, 6, 9, 7, 6]);
    tf.dispose([patches, table, found, rows]);
  }));

test.each([
  ['ring', undefined, config],
  ['a table at each level', baselines.universal, vitConfig({ ...sizes, dropout: 0, architecture: 'universal' })],
] as const)(
  '%s: what is dropped has no influence, what is seen has; each patch keeps its place',
  (_, architecture, config) =>
    withoutLeaks(async () => {
      const model = initVit<AnyParams>(config, 1, architecture);
      const seed = 5;
      const image = tf.randomNormal<tf.Rank.R4>([1, 1, 8, 8], 0, 1, 'float32', 2);
      const pass = { dropoutSeed: seed, patchDropout: 0.5 };
      const logits = (images: tf.Tensor4D) => classLogits(model, images, pass);
      const tokens = tf.tidy(() => encodeImages(model, image, pass).shape);
      expect(tokens).toEqual([1, 9, 8]);
      const before = logits(image);
      const moved: number[] = [];
      for (let patch = 0; patch < 16; patch++) {
        const other = tf.tidy(() => {
          const [y, x] = [2 * Math.floor(patch / 4), 2 * (patch % 4)];
          return tf.add(
            image,
            tf.pad(tf.ones([1, 1, 2, 2]), [
              [0, 0],
              [0, 0],
              [y, 6 - y],
              [x, 6 - x],
            ]),
          ) as tf.Tensor4D;
        });
        const after = logits(other);
        if (tf.tidy(() => tf.max(tf.abs(tf.sub(after, before))).dataSync()[0]!) > 0) moved.push(patch);
        tf.dispose([other, after]);
      }
      expect(moved).toHaveLength(8);
      const whole = classLogits(model, image, { dropoutSeed: seed });
      expect(tf.tidy(() => tf.max(tf.abs(tf.sub(whole, before))).dataSync()[0]!)).toBeGreaterThan(0);
      const judged = classLogits(model, image, { patchDropout: 0.5 }); // without a seed, nothing is dropped
      await expectClose(judged, whole);
      tf.dispose([image, before, whole, judged, ...leaves(model.params as unknown as Tree)]);
    }),
);

test('of learned tables, the rows of the tokens that are seen get a gradient, and no others', () =>
  withoutLeaks(async () => {
    const learned = vitConfig({ ...sizes, dropout: 0, architecture: 'universal', levelTable: 'learnable' });
    const { params } = initVit<AnyParams>(learned, 1, baselines.universal);
    const images = tf.randomNormal<tf.Rank.R4>([2, 1, 8, 8], 0, 1, 'float32', 2);
    const pass = { dropoutSeed: 3, patchDropout: 0.75 };
    const { value, grads } = valueAndGrads(
      (params: Tree) => {
        const model = { config: learned, params: params as unknown as AnyParams, architecture: baselines.universal };
        return tf.sum(tf.square(classLogits(model, images, pass))) as tf.Scalar;
      },
      params as unknown as Tree,
    );
    const rows = tf.tidy(() => tf.sum(tf.abs((grads as { table: tf.Tensor }).table), 1).dataSync());
    const seen = new Set(seenTokens(2, 16, { rate: 0.75, dropoutSeed: 3 })!.numbers);
    expect(seen.size).toBeLessThan(17);
    expect([...rows].map((row) => row > 0)).toEqual(Array.from({ length: 2 * 17 }, (_, row) => seen.has(row % 17)));
    tf.dispose([images, value, ...leaves(grads), ...leaves(params as unknown as Tree)]);
  }));
