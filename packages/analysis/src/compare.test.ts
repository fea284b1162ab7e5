import { disposeTree } from '@ringformer/core';
import { randomNormal } from '@ringformer/core/base';
import { initSeq2seq, type AnyParams as SeqParams, seq2seqConfig } from '@ringformer/seq2seq';
import * as texts from '@ringformer/seq2seq/baselines';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { initVit, type AnyParams as VitParams, vitConfig } from '@ringformer/vit';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { compareTranslation, compareVision, referenceTranslationCka } from './compare.ts';
import { realTokens, translationStates, visionStates } from './states.ts';

beforeAll(startCpu);

const sizes = { dim: 16, heads: 2, mlpDim: 24, encoderLevels: 3, decoderLevels: 2, sourceVocab: 30, targetVocab: 30 };
const ring = () => initSeq2seq<SeqParams>(seq2seqConfig({ ...sizes, signalInit: 'lively' }), 1);
const pairs = Array.from({ length: 9 }, (_, i) => ({
  source: Array.from({ length: 1 + (i % 5) }, (_, j) => 3 + ((i * 7 + j * 5) % 27)),
  target: Array.from({ length: 1 + ((i + 2) % 4) }, (_, j) => 3 + ((i * 11 + j * 3) % 27)),
}));

test('a model is like itself, padding and batches change nothing that they should not', async () => {
  const model = ring();
  const before = tf.memory().numTensors;
  const { encoder, decoder } = await compareTranslation([model, model], pairs, { batchSize: 4 });
  expect([encoder.length, encoder[0]?.length, decoder.length]).toEqual([3, 3, 2]);
  for (const matrix of [encoder, decoder]) {
    matrix.forEach((row, i) => {
      expect(row[i]).toBeCloseTo(1, 10);
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(matrix[j]![i]!, 10);
      });
    });
  }
  expect(encoder[0]![2]).toBeLessThan(0.999);
  // the states of a sentence do not depend on what it is padded to
  const [short, long] = [await translationStates(model, pairs), await translationStates(model, pairs, 12)];
  expect(long.encoder[0]?.shape).toEqual([9, 12, 16]);
  const rows = (states: typeof short) => realTokens(states.decoder[1]!, states.lengths.decoder);
  expect(rows(short).shape).toEqual(rows(long).shape);
  Array.from(rows(short).data).forEach((x, i) => {
    expect(rows(long).data[i]).toBeCloseTo(x, 5);
  });
  expect(tf.memory().numTensors).toBe(before);
  disposeTree(model.params);
});

test('two architectures, the reference estimator, and what cannot be compared', async () => {
  const model = ring();
  const other = initSeq2seq<SeqParams>(seq2seqConfig({ ...sizes, architecture: 'vanilla' }), 2, texts.vanilla);
  const seen: number[] = [];
  const found = await compareTranslation([model, other], pairs, {
    batchSize: 2,
    onProgress: ({ done }) => seen.push(done),
  });
  expect(seen).toEqual([2, 5, 7, 9]);
  expect(found.encoder.flat().every((value) => value > -0.5 && value < 1)).toBe(true);
  const reference = await referenceTranslationCka([model, other], pairs, { batchSize: 4, length: 8 });
  const last = await referenceTranslationCka([model, other], pairs.slice(8), { batchSize: 4, length: 8 });
  expect(reference).toEqual(last);
  const larger = initSeq2seq<SeqParams>(seq2seqConfig({ ...sizes, sourceVocab: 31 }), 1);
  await expect(compareTranslation([model, larger], pairs)).rejects.toThrow('sourceVocab 30 and 31');
  await expect(translationStates(model, pairs, 3)).rejects.toThrow('at most 3 tokens, got 9, the longest 7');
  const stop = AbortSignal.abort(new Error('enough'));
  await expect(compareTranslation([model, other], pairs, { signal: stop })).rejects.toThrow('enough');
  for (const one of [model, other, larger]) disposeTree(one.params);
});

test('images', async () => {
  const config = vitConfig({
    dim: 8,
    heads: 2,
    levels: 3,
    rank: 2,
    imageSize: 8,
    patchSize: 4,
    channels: 1,
    classes: 3,
  });
  const model = initVit<VitParams>({ ...config, signalInit: 'lively' }, 1);
  const images = randomNormal(10 * 64, 5);
  for (const token of ['class', 'mean'] as const) {
    const matrix = await compareVision([model, model], images, { batchSize: 5, token });
    matrix.forEach((row, i) => {
      expect(row[i]).toBeCloseTo(1, 10);
    });
  }
  const batch = tf.tensor4d(images, [10, 1, 8, 8]);
  expect((await visionStates(model, batch)).map(({ shape }) => shape)).toEqual([
    [10, 8],
    [10, 8],
    [10, 8],
  ]);
  batch.dispose();
  disposeTree(model.params);
});
