import { checkOptions, checkWhole, type InferenceEngine, kindOf, RingformerError } from '@ringformer/core/base';
import type { VitConfig } from './config.ts';
import type { EngineVision } from './inference.ts';
import type { ImageInspection } from './inspect.ts';

/** A class and its probability. */
export type Guess = { readonly label: string; readonly index: number; readonly probability: number };

export type ClassifyOptions = {
  /** How many classes to return, the most likely first. Default 5. */
  readonly top?: number;
  /** How many levels to pass. Default: all. */
  readonly levels?: number;
};

/** A loaded model. Call `dispose` when done with it. */
export type Classifier = {
  readonly config: VitConfig;
  readonly engine: InferenceEngine['name'] | 'tfjs';
  /** images [b c h w], row-major, normalised as in training → the most likely classes of each image. */
  classify(images: Float32Array, options?: ClassifyOptions): Promise<Guess[][]>;
  /** → [b classes], row-major */
  logits(images: Float32Array, options?: Pick<ClassifyOptions, 'levels'>): Promise<Float32Array>;
  /** The stream after each level, class token first: [b n d] for each, row-major. Only on TensorFlow.js. */
  features?(images: Float32Array): Promise<Float32Array[]>;
  /** What the model looked at in one image [c h w], level by level. Only on TensorFlow.js. */
  inspect?(image: Float32Array): Promise<ImageInspection>;
  dispose(): void;
};

/** A classifier over a model, which it then owns; `engine` is what computes it. */
export function makeClassifier(config: VitConfig, engine: Classifier['engine'], model: EngineVision): Classifier {
  const logits = async (images: Float32Array, levels: number | undefined) => {
    checkCall(config, images, levels);
    return model.classify(images, levels);
  };
  return {
    config,
    engine,
    async logits(images, options) {
      checkOptions('[ringformer/vit] logits', options, ['levels']);
      return logits(images, options?.levels);
    },
    async classify(images, options) {
      checkOptions('[ringformer/vit] classify', options, ['top', 'levels']);
      return guesses(config, await logits(images, options?.levels), options);
    },
    dispose: () => model.dispose(),
  };
}

/** The number of images. @throws RingformerError 'bad-argument', 'bad-shape' */
export function checkCall(
  { channels, imageSize, levels: most }: VitConfig,
  images: Float32Array,
  levels = most,
): number {
  if (!(images instanceof Float32Array)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/vit] images is ${kindOf(images)}; expected a Float32Array [b ${channels} ${imageSize} ${imageSize}], normalised as in training. transformImage of @ringformer/images makes one from a picture.`,
    );
  }
  const count = images.length / (channels * imageSize ** 2);
  if (!(Number.isSafeInteger(count) && count > 0)) {
    throw new RingformerError(
      'bad-shape',
      `[ringformer/vit] images have ${images.length} numbers; expected a multiple of ${channels}·${imageSize}·${imageSize}.`,
    );
  }
  checkWhole('[ringformer/vit]', 'levels', levels, 1, most);
  return count;
}

function guesses({ classes, labels }: VitConfig, logits: Float32Array, { top = 5 }: ClassifyOptions = {}): Guess[][] {
  checkWhole('[ringformer/vit]', 'top', top, 1);
  return Array.from({ length: logits.length / classes }, (_, image) => {
    const row = Array.from(logits.subarray(image * classes, (image + 1) * classes));
    const most = Math.max(...row);
    const sum = row.reduce((total, x) => total + Math.exp(x - most), 0);
    if (!Number.isFinite(sum)) {
      throw new RingformerError(
        'bad-argument',
        `[ringformer/vit] classify: image ${image} has no probabilities. Its numbers are NaN, infinite or too large: normalise it as in training.`,
      );
    }
    return row
      .map((x, index) => ({ label: labels?.[index] ?? String(index), index, probability: Math.exp(x - most) / sum }))
      .sort((a, b) => b.probability - a.probability || a.index - b.index)
      .slice(0, top);
  });
}
