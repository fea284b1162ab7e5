import { type Raw, readSafetensors } from '@ringformer/core/base';
import { comparison } from '@ringformer/core/testing';
import { test } from 'vitest';
import { baselines } from '../src/baselines/index.ts';
import { readWeights } from '../src/index.ts';
import type { VisionEngine } from '../src/inference.ts';
import { fixtureConfig, fixtureFile } from './fixture-case.ts';

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
    const weights = readWeights(config, bytes, baselines[config.architecture]);
    const model = await (await start()).vision(config, weights);
    const { images, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
    const found = await model.classify(images?.data as Float32Array);
    await compare([...found], [...(logits as Raw).data]);
    model.dispose();
  });
}
