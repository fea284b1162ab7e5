import { type Raw, readSafetensors } from '@ringformer/core/base';
import { comparison } from '@ringformer/core/testing';
import { architectureOf, readWeights } from '@ringformer/vit';
import { baselines } from '@ringformer/vit/baselines';
import type { VisionEngine } from '@ringformer/vit/engine';
import { test } from 'vitest';
import { fixtureConfig, fixtureFile } from './fixtures.ts';

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
