import { disposeTree } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { tinyModel } from '@ringformer/test-tools/translation/tiny';
import { tinyVit } from '@ringformer/test-tools/vision/tiny';
import { classLogits } from '@ringformer/vit';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { earlyExit, exitCurve, imageAnswers, qualityByDepth, tokenAnswers } from './depth.ts';
import { signalSimilarity, similarMaps } from './signals.ts';

beforeAll(startCpu);

// three examples, four levels
const given = {
  answers: [
    [1, 5, 0],
    [1, 6, 1],
    [2, 6, 0],
    [2, 6, 1],
  ].map((row) => Int32Array.from(row)),
  right: Int32Array.of(1, 6, 1),
};

test('quality by depth, by hand', () => {
  expect(qualityByDepth(given)).toEqual([
    { levels: 1, accuracy: 1 / 3, agreement: 0 },
    { levels: 2, accuracy: 1, agreement: 2 / 3 },
    { levels: 3, accuracy: 1 / 3, agreement: 2 / 3 },
    { levels: 4, accuracy: 2 / 3, agreement: 1 },
  ]);
});

test('early exit, by hand: when consecutive levels agree, or at the last', () => {
  expect(earlyExit(given)).toEqual({ levels: Int32Array.of(2, 3, 4), answers: Int32Array.of(1, 6, 1) });
  expect(earlyExit(given, 2)).toEqual({ levels: Int32Array.of(4, 4, 4), answers: Int32Array.of(2, 6, 1) });
  expect(exitCurve(given)).toEqual([
    { patience: 1, meanLevels: 3, accuracy: 1 },
    { patience: 2, meanLevels: 4, accuracy: 2 / 3 },
    { patience: 3, meanLevels: 4, accuracy: 2 / 3 },
    { patience: 4, meanLevels: 4, accuracy: 2 / 3 },
  ]);
});

test('answers of a classifier and of a translation model', () =>
  withoutLeaks(async () => {
    const vit = tinyVit({}, 2);
    const pixels = Float32Array.from({ length: 5 * 2 * 64 }, (_, i) => Math.sin(i * i));
    const { answers } = await imageAnswers(vit, pixels, [0, 1, 2, 3, 4]);
    const last = tf.tidy(() => tf.argMax(classLogits(vit, tf.tensor4d(pixels, [5, 2, 8, 8])), -1).dataSync());
    expect(answers.length).toBe(3);
    expect([...answers[2]!]).toEqual([...last]);
    await expect(imageAnswers(vit, pixels, [0])).rejects.toThrow('expected 1 images');
    const model = tinyModel({}, 2);
    const tokens = await tokenAnswers(model, [
      { source: [5, 6], target: [7, 8, 9] },
      { source: [3], target: [4] },
    ]);
    expect([...tokens.right]).toEqual([7, 8, 9, 2, 4, 2]);
    expect(tokens.answers.map(({ length }) => length)).toEqual([6, 6, 6]);
    disposeTree(vit.params);
    disposeTree(model.params);
  }));

test('similarity of levels, by hand and against d × d matrices', async () => {
  const raw = (shape: number[], data: number[]) => ({ dtype: 'F32' as const, shape, data: Float32Array.from(data) });
  // level 0: M = e₀e₁ᵀ; level 1: twice the same; level 2: e₁e₀ᵀ; level 3: nothing
  const up = raw([4, 1, 2], [1, 0, 2, 0, 0, 1, 0, 0]);
  const down = raw([4, 1, 2], [0, 1, 0, 1, 1, 0, 1, 1]);
  expect(similarMaps(up, down)).toEqual([
    [1, 1, 0, 0],
    [1, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 0],
  ]);
  const model = tinyModel({}, 3);
  const found = await signalSimilarity(model.params);
  expect(Object.keys(found)).toEqual(
    ['encoder', 'decoder'].flatMap((side) => ['query', 'key', 'value', 'ffn'].map((kind) => `${side}.${kind}`)),
  );
  const wanted = tf.tidy(() => {
    const { up, down } = model.params.decoder.levels.signals.ffn;
    const flat = tf.reshape(tf.matMul(up, down, true, false), [3, -1]); // three levels' AᵀB as vectors
    const unit = tf.div(flat, tf.norm(flat, 'euclidean', 1, true));
    return [...tf.matMul(unit, unit, false, true).dataSync()];
  });
  await expectClose((found['decoder.ffn'] as number[][]).flat(), wanted, { atol: 1e-6 });
  disposeTree(model.params);
  const constant = tinyVit({ signals: ['value'], signalKind: 'static' }, 3);
  const similar = await signalSimilarity(constant.params);
  expect(Object.keys(similar)).toEqual(['value']);
  expect(similar.value?.map((row, i) => row[i]?.toFixed(6))).toEqual(['1.000000', '1.000000', '1.000000']);
  disposeTree(constant.params);
});
