import { disposeTree } from '@ringformer/core';
import { type Raw, readSafetensors } from '@ringformer/core/base';
import { expectClose } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { FIXTURES, fixtureConfig, fixtureFile } from '@ringformer/test-tools/vision/fixtures';
import {
  initVit,
  loadClassifier,
  readWeights,
  ringFormer,
  saveVit,
  tensorClassifier,
  vitConfig,
  writeConfig,
} from '@ringformer/vit';
import { baselines } from '@ringformer/vit/baselines';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportVision } from '../src/index.ts';
import { startOnnx } from '../src/run/index.ts';

beforeAll(startCpu);

const address = (bytes: Uint8Array | string) =>
  `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`;

test.each(FIXTURES)('%s: the recorded logits, from weights and from a graph', async (name) => {
  const config = fixtureConfig(name);
  const { images, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
  const architecture = baselines[config.architecture];
  const onnx = await startOnnx({ threads: 1 });
  const bytes = fixtureFile(name, 'weights.safetensors');
  const graph = Buffer.concat(
    exportVision(config, readWeights(config, bytes, architecture), architecture ?? ringFormer),
  );
  for (const model of [{ weights: address(bytes) }, { graph: address(graph) }]) {
    const files = { config: address(writeConfig(config)), ...model };
    const classifier = await loadClassifier(files, onnx, { architecture });
    expect(classifier.engine).toBe('onnx');
    const found = await classifier.logits(images?.data as Float32Array);
    await expectClose([...found], [...(logits as Raw).data], { atol: 1e-4 });
    classifier.dispose();
    await expect(classifier.logits(images?.data as Float32Array)).rejects.toThrow('was disposed');
  }
});

describe.each(['ring', 'vanilla', 'universal', 'owf'])('%s', (architecture) => {
  test('finds the same classes as TensorFlow.js at every depth; a graph has only its own', async () => {
    const sizes = { dim: 16, heads: 2, mlpDim: 24, levels: 3, imageSize: 8, patchSize: 4, channels: 1, classes: 5 };
    const model = initVit(vitConfig({ ...sizes, architecture }), 3, baselines[architecture] as never);
    const bytes = await saveVit(model);
    const files = { config: address(writeConfig(model.config)), weights: address(bytes) };
    const onnx = await startOnnx({ threads: 1 });
    const classifier = await loadClassifier(files, onnx, { architecture: baselines[architecture] });
    const tensors = tensorClassifier(model);
    const images = Float32Array.from({ length: 3 * 64 }, (_, i) => Math.sin(i));
    for (const levels of [1, 2, 3]) {
      const [found, wanted] = [
        await classifier.classify(images, { levels }),
        await tensors.classify(images, { levels }),
      ];
      const labels = (all: typeof found) => all.map((guesses) => guesses.map(({ label }) => label));
      expect(labels(found)).toEqual(labels(wanted));
      const likely = (all: typeof found) => all.flatMap((guesses) => guesses.map(({ probability }) => probability));
      await expectClose(likely(found), likely(wanted), { atol: 1e-5 });
    }
    expect(classifier.features).toBeUndefined();
    classifier.dispose();

    const weights = readWeights(model.config, bytes, baselines[architecture]);
    const graph = address(
      Buffer.concat(exportVision(model.config, weights, baselines[architecture] ?? ringFormer, { levels: 2 })),
    );
    const config = address(writeConfig({ ...model.config, levels: 2 }));
    const shallow = await loadClassifier({ config, graph }, onnx);
    await expectClose([...(await shallow.logits(images))], [...(await tensors.logits(images, { levels: 2 }))], {
      atol: 1e-5,
    });
    await expect(shallow.logits(images, { levels: 1 })).rejects.toThrow(
      'classifier.onnx passes 2 levels; got levels 1',
    );
    await expect(loadClassifier({ ...files, graph }, onnx)).rejects.toThrow(
      'levels is 2 in the graph, 3 in config.json',
    );
    await expect(loadClassifier({ config, graph }, { name: 'none', readBytes: onnx.readBytes })).rejects.toMatchObject({
      code: 'no-backend',
    });
    shallow.dispose();
    disposeTree(model.params);
  });
});
