import { disposeTree, mapTree } from '@ringformer/core';
import { randomNormal } from '@ringformer/core/base';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { vanilla } from './baselines/index.ts';
import { initVit } from './checkpoint.ts';
import { vitConfig } from './config.ts';
import type { AnyParams } from './params.ts';
import { tensorClassifier } from './tensor-classifier.ts';

beforeAll(startCpu);

const config = vitConfig({
  dim: 8,
  heads: 2,
  levels: 3,
  rank: 2,
  imageSize: 8,
  patchSize: 4,
  channels: 1,
  classes: 3,
  signalInit: 'lively',
});
const image = Float32Array.from(randomNormal(64, 3));

/** A ring whose signals write something, at every level as much. */
const lively = () => {
  const { params, ...rest } = initVit<AnyParams>(config, 1);
  const moved = mapTree(params, (leaf, name) =>
    name.endsWith('.up') ? tf.tensor(randomNormal(leaf.size, 7), leaf.shape) : leaf.clone(),
  );
  disposeTree(params);
  return { ...rest, params: moved };
};

test('maps whose rows sum to 1, states, and the logits of classify', () =>
  withoutLeaks(async () => {
    const classifier = tensorClassifier(lively());
    const found = await classifier.inspect(image);
    expect(found.attention.map(({ shape }) => shape)).toEqual(Array(3).fill([2, 5, 5]));
    for (const { data } of found.attention) {
      for (let row = 0; row < 10; row++) {
        expect(data.subarray(5 * row, 5 * row + 5).reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5);
      }
    }
    await expectClose([...found.logits], [...(await classifier.logits(image))]);
    expect(found.states).toEqual(await classifier.features(image));
    await expect(classifier.inspect(new Float32Array(128))).rejects.toThrow('expected one image, got 2');
    classifier.dispose();
  }));

test('signals: twice the write matrix is twice the strength; none without signals', () =>
  withoutLeaks(async () => {
    const one = lively();
    const params = mapTree(one.params, (leaf, name) =>
      name === 'levels.signals.key.up' ? tf.mul(leaf, 2) : leaf.clone(),
    );
    const [before, after] = [tensorClassifier(one), tensorClassifier({ ...one, params })];
    const [a, b] = [await before.inspect(image), await after.inspect(image)];
    expect(a.signals).toHaveLength(3);
    expect(b.signals[0]!.key / a.signals[0]!.key).toBeCloseTo(2, 4);
    expect(b.signals[0]!.value).toBeCloseTo(a.signals[0]!.value, 6);
    expect(a.tokenSignals[0]!.query).toHaveLength(5);
    const plain = tensorClassifier(initVit<AnyParams>({ ...config, architecture: 'vanilla' }, 1, vanilla));
    expect(await plain.inspect(image)).toMatchObject({ signals: [], tokenSignals: [] });
    for (const each of [before, after, plain]) each.dispose();
  }));
