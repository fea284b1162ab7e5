import { type AnyParams, initVit } from '@ringformer/vit';
import { imageLoss, type LabelledBatch } from '@ringformer/vit/train';
import { vitArchitectureNamed } from '../../architecture.ts';
import type { VisionTask, WorkerLoss } from '../worker-task.ts';

export async function visionLoss({ config, ...options }: VisionTask): Promise<WorkerLoss> {
  const architecture = await vitArchitectureNamed(config.architecture);
  const { params } = initVit<AnyParams>(config, 0, architecture);
  const loss = imageLoss({ config, architecture }, options);
  return {
    shapes: params,
    loss: (params, batch, dropoutSeed) => loss(params as AnyParams, batch as LabelledBatch, dropoutSeed),
  };
}
