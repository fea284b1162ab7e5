import {
  beginTraining,
  disposeState,
  randomNormal,
  type TrainTask,
  type Tree,
  tokenLosses,
  train,
} from '@ringformer/core';
import { batchSource, type Dataset } from '@ringformer/images';
import { startWasm } from '@ringformer/test-tools/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { initVit } from '../checkpoint.ts';
import { vitConfig } from '../config.ts';
import { classLogits } from '../encode.ts';
import type { AnyParams } from '../params.ts';
import type { LabelledBatch } from './labelled.ts';
import { mix, randomBeta } from './mixup.ts';
import { imageLoss, imageTask } from './task.ts';

beforeAll(async () => void (await startWasm()));

test('mixup blends each image with another, by a share that the seed decides', () => {
  const images = Float32Array.of(1, 2, 3, 4, 5, 6);
  const batch = { images, shape: [3, 1, 1, 2] as const, labels: Int32Array.of(0, 1, 2) };
  const { images: mixed, mixed: told } = mix(batch, 0.4, 9);
  const share = told!.share;
  expect([...told!.others]).toEqual([2, 1, 0]);
  const expected = [5, 6, 3, 4, 1, 2].map((other, i) => Math.fround(share * images[i]! + (1 - share) * other));
  expect([...mixed]).toEqual(expected);
  expect(mix(batch, 0.4, 9)).toEqual(mix(batch, 0.4, 9));
  expect(mix(batch, 0.4, 10).mixed?.share).not.toBe(share);
});

test.each([0.2, 1, 4])('Beta(%d, same) has mean ½ and variance 1/(4(2α + 1))', (alpha) => {
  const drawn = Array.from({ length: 4000 }, (_, seed) => randomBeta(alpha, seed));
  const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
  const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
  expect(mean).toBeCloseTo(0.5, 1);
  expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeGreaterThan(0.9);
  expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeLessThan(1.1);
  expect(drawn.every((x) => x >= 0 && x <= 1)).toBe(true);
});

test('a batch depends only on its cursor, across epochs and wherever reading begins', async () => {
  const dataset: Dataset = {
    length: 10,
    classes: ['a', 'b'],
    get: async (i) => ({ image: { width: 2, height: 2, channels: 1, data: Uint8Array.of(i, 1, 2, 3) }, label: i % 2 }),
  };
  const config = vitConfig({ dim: 8, heads: 2, levels: 1, imageSize: 2, patchSize: 2, channels: 1, classes: 2 });
  const reading = { size: 4, seed: 5, transform: { steps: [], normalize: 'half' as const }, dropLast: true };
  const source = batchSource(dataset, reading);
  expect(source.batchesPerEpoch).toBe(2);
  const task = (mixup: number) => imageTask({ config }, source, { smoothing: 0, mixup, seed: 5 });
  for (const mixup of [0, 0.3]) {
    const first = task(mixup);
    let cursor = { epoch: 0, batch: 0 };
    const seen = [];
    for (let i = 0; i < 5; i++) {
      const { batch, next } = await first.read(cursor);
      seen.push({ cursor, batch });
      cursor = next;
    }
    expect(cursor).toEqual({ epoch: 2, batch: 1 });
    expect(new Set(seen.map(({ batch }) => String(batch.images))).size).toBe(5);
    const second = task(mixup);
    for (const { cursor, batch } of seen.reverse()) expect((await second.read(cursor)).batch).toEqual(batch);
    await first.close();
    await second.close();
  }
});

/** Trains a tiny classifier that must compare two pixels, and returns its mean loss at each depth. */
async function lossByDepth(randomDepth: number): Promise<number[]> {
  const config = vitConfig({
    dim: 16,
    heads: 2,
    mlpDim: 32,
    levels: 4,
    rank: 4,
    signalInit: 'lively',
    dropout: 0,
    imageSize: 2,
    patchSize: 1,
    channels: 1,
    classes: 2,
  });
  const count = 16;
  const pixels = randomNormal(4 * count, 3);
  const labels = Int32Array.from({ length: count }, (_, i) => (pixels[4 * i]! > pixels[4 * i + 3]! ? 1 : 0));
  const batch: LabelledBatch = { images: pixels, shape: [count, 1, 2, 2], labels };
  const loss = imageLoss({ config }, { smoothing: 0, randomDepth });
  const task: TrainTask<Tree, LabelledBatch> = {
    loss: (params, batch, seed) => loss(params as unknown as AnyParams, batch, seed),
    count: () => count,
    read: () => ({ batch, next: { epoch: 0, batch: 0 } }),
  };
  const { state: start } = beginTraining(initVit(config, 1).params as unknown as Tree);
  const { state } = await train(task, start, { steps: 60, seed: 4, schedule: () => 5e-3 });
  const at = [1, 2, 3, 4].map((levels) =>
    tf.tidy(() => {
      const images = tf.tensor4d(pixels, [count, 1, 2, 2]);
      const logits = classLogits({ config, params: state.params as unknown as AnyParams }, images, { levels });
      return tf.mean(tokenLosses(logits, tf.tensor1d(labels, 'int32'), { padId: -1 })).dataSync()[0] as number;
    }),
  );
  disposeState(state);
  return at;
}

test('trained at random depth, half the levels are worth more', async () => {
  const [fixed, random] = [await lossByDepth(0), await lossByDepth(1)];
  expect(random[1]).toBeLessThan(0.7 * fixed[1]!);
  expect(random[0]).toBeLessThan(0.7 * fixed[0]!);
  expect(random[3]).toBeLessThan(Math.LN2); // and all levels have learnt, too
});
