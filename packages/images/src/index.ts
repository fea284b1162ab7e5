export {
  type BatchOptions,
  batches,
  batchesPerEpoch,
  batchSource,
  type Cursor,
  type ImageBatch,
  type PrefetchOptions,
  readBatch,
  testBatches,
} from './batches.ts';
export type { ByteSource, Bytes } from './bytes.ts';
export { type CifarKind, openCifar } from './cifar.ts';
export { CIFAR10_CLASSES, CIFAR100_CLASSES, CIFAR100_COARSE_CLASSES } from './cifar-classes.ts';
export { centerCrop, crop, flip } from './crop.ts';
export { type Dataset, type FileSample, readLabels, type Sample, select, subset } from './dataset.ts';
export { type DecodeOptions, decodeImage } from './decode.ts';
export { type ImageFormat, type ImageHeader, readImageHeader } from './header.ts';
export { FASHION_MNIST_CLASSES, type IdxOptions, openIdx } from './idx.ts';
export { grayscale, type Image, rgb } from './image.ts';
export type { Job, JobItem, JobResult, Workers } from './job.ts';
export { normalize, type Statistics, type StatisticsName, statistics } from './normalize.ts';
export { type RandomCropOptions, type RandomResizedCropOptions, randomCrop, randomResizedCrop } from './random-crop.ts';
export { type RecipeName, recipe } from './recipes.ts';
export { type ResizeFilter, resize, resizeShorterSide } from './resize.ts';
export { applySteps, type Step, type Transform, transformImage, type Values } from './transform.ts';
export { type AugmentName, augment, augmentNames, drawAugment, trivialAugment } from './trivial-augment.ts';
export { startWorkers } from './workers.ts';
