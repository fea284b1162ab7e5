import { disposeTree, treeToRaw } from '@ringformer/core';
import { type Raw, readSafetensors } from '@ringformer/core/base';
import { comparison } from '@ringformer/core/testing';
import { architectureOf, classLogits, readWeights, ringFormer } from '@ringformer/vit';
import { baselines } from '@ringformer/vit/baselines';
import type { VisionEngine } from '@ringformer/vit/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, test } from 'vitest';
import { ABLATED } from '../ablations.ts';
import { startCpu } from '../start-cpu.ts';
import { fixtureConfig, fixtureFile } from './fixtures.ts';
import { tinyVit } from './tiny.ts';

/** The conformance suite of an engine for images: the recorded logits. */
export function testVisionEngine(
  engine: string,
  start: () => Promise<Pick<VisionEngine, 'vision'>>,
  models: readonly string[],
): void {
  test.for(models)(`%s on the engine ${engine}: logits`, async (name, { task }) => {
    const compare = comparison(task, 'wasm', 'level', engine);
    const config = fixtureConfig(name);
    const bytes = fixtureFile(name, 'weights.safetensors');
    const architecture = architectureOf({ config, architecture: baselines[config.architecture] });
    const weights = readWeights(config, bytes, architecture);
    const model = await (await start()).vision(config, weights, architecture);
    const { images, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
    const found = await model.classify(images?.data as Float32Array);
    await compare([...found], [...(logits as Raw).data]);
    model.dispose();
  });
}

/** Ablated rings on an engine, compared with the operations of TensorFlow.js on the CPU. */
export function testVisionAblations(engine: string, start: () => Promise<Pick<VisionEngine, 'vision'>>): void {
  describe(`ablated rings for images on the engine ${engine}`, () => {
    beforeAll(startCpu);

    test.for(ABLATED)('%s', async ([, ablation], { task }) => {
      const compare = comparison(task, 'wasm', 'level', engine);
      const given = tinyVit(ablation, 4);
      const pixels = Float32Array.from({ length: 3 * 2 * 64 }, (_, i) => Math.sin(i * i));
      const wanted = tf.tidy(() => [...classLogits(given, tf.tensor4d(pixels, [3, 2, 8, 8])).dataSync()]);
      const model = await (await start()).vision(given.config, await treeToRaw(given.params), ringFormer);
      await compare([...(await model.classify(pixels))], wanted);
      model.dispose();
      disposeTree(given.params);
    });
  });
}
