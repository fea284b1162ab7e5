// The parts of image classifier training: `@ringformer/vit/train`.
export type { LabelledBatch } from './labelled.ts';
export { mix, randomBeta } from './mixup.ts';
export { type ImageSource, imageLoss, imageTask, type Kind, type TaskOptions } from './task.ts';
export { judgeImages, type Verdict } from './verdict.ts';
