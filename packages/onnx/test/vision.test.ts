import { disposeTree, treeToRaw } from '@ringformer/core';
import { type Raw, readSafetensors } from '@ringformer/core/base';
import { expectClose } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { FIXTURES, fixtureConfig, fixtureFile } from '@ringformer/test-tools/vision/fixtures';
import { architectureOf, classLogits, initVit, readWeights, type VitConfig, vitConfig } from '@ringformer/vit';
import { baselines } from '@ringformer/vit/baselines';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportVision } from '../src/index.ts';
import { floats, open, valuesOf } from './runtime.ts';

const planOf = (config: VitConfig) => architectureOf({ config, architecture: baselines[config.architecture] });

beforeAll(startCpu);

describe.each(FIXTURES)('%s', (name) => {
  test('returns the recorded logits, for all images and for one', async () => {
    const config = fixtureConfig(name);
    const weights = readWeights(
      config,
      fixtureFile(name, 'weights.safetensors'),
      baselines[config.architecture] ?? undefined,
    );
    const { images, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
    const run = await open(exportVision(config, weights, planOf(config)));
    const data = images?.data as Float32Array;
    const all = await run({ images: floats(data, images?.shape ?? []) });
    await expectClose(valuesOf(all.logits as Tensor), [...(logits as Raw).data], { atol: 1e-4 });
    const [count = 1, ...rest] = images?.shape ?? [];
    const one = await run({ images: floats(data.subarray(0, data.length / count), [1, ...rest]) });
    expect(one.logits?.dims).toEqual([1, config.classes]);
    await expectClose(valuesOf(one.logits as Tensor), valuesOf(all.logits as Tensor).slice(0, config.classes), {
      atol: 1e-5,
    });
  });
});

test.each(['ring', 'vanilla', 'universal', 'owf'])('%s with fewer levels', async (architecture) => {
  const sizes = { dim: 16, heads: 2, mlpDim: 24, levels: 3, imageSize: 8, patchSize: 4, channels: 1, classes: 5 };
  const model = initVit(vitConfig({ ...sizes, architecture }), 3, baselines[architecture] as never);
  const pixels = Float32Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i));
  const wanted = tf.tidy(() => [...classLogits(model, tf.tensor4d(pixels, [2, 1, 8, 8]), { levels: 2 }).dataSync()]);
  const run = await open(
    exportVision(model.config, await treeToRaw(model.params), planOf(model.config), { levels: 2 }),
  );
  const { logits } = await run({ images: floats(pixels, [2, 1, 8, 8]) });
  await expectClose(valuesOf(logits as Tensor), wanted, { atol: 1e-5 });
  expect(() => exportVision(model.config, {}, planOf(model.config), { levels: 4 })).toThrow(
    'Expected levels from 1 to 3, got 4',
  );
  disposeTree(model.params);
});
