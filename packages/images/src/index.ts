export type { ByteSource, Bytes } from './bytes.ts';
export { centerCrop, crop, flip } from './crop.ts';
export { type Dataset, type FileSample, type Sample, subset } from './dataset.ts';
export { type DecodeOptions, decodeImage } from './decode.ts';
export { type ImageFormat, type ImageHeader, readImageHeader } from './header.ts';
export { FASHION_MNIST_CLASSES, type IdxOptions, openIdx } from './idx.ts';
export { grayscale, type Image, rgb } from './image.ts';
export { normalize, type Statistics, type StatisticsName, statistics } from './normalize.ts';
export { type ResizeFilter, resize, resizeShorterSide } from './resize.ts';
