import { deriveSeed, isRecord, kindOf, randomUniform } from '@ringformer/core/base';
import { centerBox, centerCrop, cropWith, flip } from './crop.ts';
import { grayscale, type Image, refuse, rgb } from './image.ts';
import { normalize, type Statistics, type StatisticsName } from './normalize.ts';
import {
  type RandomCropOptions,
  type RandomResizedCropOptions,
  randomBox,
  randomCrop,
  randomResizedCrop,
} from './random-crop.ts';
import { type ResizeFilter, resize, resizePart, resizeShorterSide, shorterSideSizes } from './resize.ts';
import { trivialAugment } from './trivial-augment.ts';

/** One step of a transform. `size` is a side in pixels; 'resize' makes a square, 'resize-shorter' keeps proportions. */
export type Step =
  | { readonly op: 'grayscale' | 'rgb' | 'trivial-augment' }
  | { readonly op: 'resize' | 'resize-shorter'; readonly size: number; readonly filter?: ResizeFilter }
  | { readonly op: 'center-crop'; readonly size: number }
  | ({ readonly op: 'random-crop'; readonly size: number } & RandomCropOptions)
  | ({ readonly op: 'random-resized-crop'; readonly size: number } & RandomResizedCropOptions)
  | { readonly op: 'random-flip'; readonly probability?: number };

type ResizeStep = Extract<Step, { readonly op: 'resize' | 'resize-shorter' }>;
type CropStep = Extract<Step, { readonly op: 'center-crop' | 'random-crop' }>;

/** How an image becomes numbers. Plain data, so that it can be stored, compared and sent to a worker. */
export type Transform = { readonly steps: readonly Step[]; readonly normalize: StatisticsName | Statistics };

/** Numbers of shape [c h w]. */
export type Values = { readonly shape: readonly [number, number, number]; readonly data: Float32Array };

/**
 * All steps, then normalisation. The same for the same seed, on every platform.
 * @throws RingformerError 'bad-argument' if the image or the transform is something else, or a step is unknown
 */
export function transformImage(image: Image, transform: Transform, seed: number): Values {
  const wrong = (what: string, given: unknown) =>
    refuse('bad-argument', `transformImage: expected ${what}, got ${kindOf(given)}.`);
  if (!isRecord(image)) wrong('an image, { width, height, channels, data }', image);
  if (!isRecord(transform) || !Array.isArray(transform.steps)) wrong('a transform, { steps, normalize }', transform);
  const { steps, normalize: by } = transform;
  const { width, height, channels, data } = applySteps(image, steps, seed);
  return { shape: [channels, height, width], data: normalize({ width, height, channels, data }, by) };
}

/** The steps in their order, each with random numbers of its own. */
export function applySteps(image: Image, steps: readonly Step[], seed: number): Image {
  let made = image;
  for (let i = 0; i < steps.length; i++) {
    const [step, next] = [steps[i] as Step, steps[i + 1]];
    if (step?.op === 'resize-shorter' && (next?.op === 'center-crop' || next?.op === 'random-crop')) {
      made = resizedCrop(made, step, next, deriveSeed(seed, ++i));
    } else made = applyStep(made, step, deriveSeed(seed, i));
  }
  return made;
}

/** Resizes and crops at once: of a thin image only a small part is needed. */
function resizedCrop(image: Image, { size, filter }: ResizeStep, crop: CropStep, seed: number): Image {
  const { width, height } = shorterSideSizes(image, size);
  const box =
    crop.op === 'center-crop'
      ? centerBox({ width, height }, crop.size, crop.size)
      : randomBox({ width, height }, crop.size, seed, crop);
  return cropWith({ width, height, channels: image.channels }, box, (part) =>
    resizePart(image, width, height, filter ?? 'bilinear', part),
  );
}

function applyStep(image: Image, step: Step, seed: number): Image {
  switch (step?.op) {
    case 'grayscale':
      return grayscale(image);
    case 'rgb':
      return rgb(image);
    case 'resize':
      return resize(image, step.size, step.size, step.filter);
    case 'resize-shorter':
      return resizeShorterSide(image, step.size, step.filter);
    case 'center-crop':
      return centerCrop(image, step.size);
    case 'random-crop':
      return randomCrop(image, step.size, seed, step);
    case 'random-resized-crop':
      return randomResizedCrop(image, step.size, seed, step);
    case 'random-flip':
      return randomUniform(1, seed)[0]! < (step.probability ?? 0.5) ? flip(image) : image;
    case 'trivial-augment':
      return trivialAugment(image, seed);
    default:
      return refuse('bad-argument', `There is no step ${JSON.stringify((step as { op?: unknown } | null)?.op)}.`);
  }
}
