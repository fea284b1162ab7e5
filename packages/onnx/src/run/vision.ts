import { RingformerError } from '@ringformer/core/base';
import type { EngineVision, LevelPlan, VitConfig } from '@ringformer/vit/engine';
import { exportVision } from '../vision/index.ts';
import type { Weights } from '../weights.ts';
import { checkSameModel } from './metadata.ts';
import type { OnnxTensor } from './runtime.ts';
import { fixedDepth } from './seq2seq.ts';
import { byDepth, type Depths, openSession, type Place } from './session.ts';
import { floatsOf, floatTensor } from './tensors.ts';

/** A classifier from its weights: graphs of fewer levels are made on request. */
export function weightsClassifier(
  place: Place,
  config: VitConfig,
  weights: Weights,
  plan: LevelPlan,
): Promise<EngineVision> {
  const graphs = byDepth((levels) => openSession(place, 'classifier', exportVision(config, weights, plan, { levels })));
  return opened(place, config, graphs);
}

/** A classifier from a file that was exported before. */
export function graphClassifier(place: Place, config: VitConfig, file: Uint8Array): Promise<EngineVision> {
  const graphs = byDepth((levels) => {
    if (levels !== config.levels) {
      throw new RingformerError('bad-argument', fixedDepth('classifier', levels, config.levels));
    }
    checkSameModel('classifier.onnx', file, config);
    return openSession(place, 'classifier', file);
  });
  return opened(place, config, graphs);
}

async function opened(place: Place, config: VitConfig, graphs: Depths): Promise<EngineVision> {
  await graphs.at(config.levels); // so that problems show up now
  const { channels, imageSize } = config;
  return {
    async classify(images, levels = config.levels) {
      const count = images.length / (channels * imageSize ** 2);
      const session = await graphs.at(levels);
      const given = floatTensor(place.runtime, images, [count, channels, imageSize, imageSize]);
      const { logits } = await session.run({ images: given });
      return floatsOf(logits as OnnxTensor);
    },
    dispose: () => graphs.end(),
  };
}
