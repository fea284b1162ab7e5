import { type Backend, disposeTree, type FusedOptions, type FusedVision, RingformerError } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Vit, VitArchitecture } from './architecture.ts';
import { loadVit, readVitWeights } from './checkpoint.ts';
import { readVitConfig, type VitConfig } from './config.ts';
import { classLogits, encodeImages } from './encode.ts';
import type { AnyVitParams } from './params.ts';

/** A class, and how likely it is. */
export type Guess = { readonly label: string; readonly index: number; readonly probability: number };

export type ClassifyOptions = {
  /** How many of the likeliest classes are given, best first; 5 by default. */
  readonly top?: number;
  /** How many levels are passed; all where absent. */
  readonly levels?: number;
};

/** A loaded model. Call `dispose` when done with it. */
export type Classifier = {
  readonly config: VitConfig;
  readonly engine: 'fused' | 'tfjs';
  /** images [b c h w], row-major, normalised as in training → for each image its likeliest classes. */
  classify(images: Float32Array, options?: ClassifyOptions): Promise<Guess[][]>;
  /** → [b classes], row-major */
  logits(images: Float32Array, options?: Pick<ClassifyOptions, 'levels'>): Promise<Float32Array>;
  /** The stream behind each level, class token first: for each level [b n d], row-major. TensorFlow.js' engine alone. */
  features(images: Float32Array): Promise<Float32Array[]>;
  dispose(): void;
};

export type ClassifierOptions = FusedOptions & {
  /** 'auto' (the default): fused where the backend has it and the architecture is the ring. */
  readonly engine?: 'auto' | 'fused' | 'tfjs';
  readonly architecture?: VitArchitecture;
};

/** Where a model's files are: its folder, or each. */
export type ClassifierFiles = { readonly config: string | URL; readonly weights: string | URL };

/**
 * Reads a model's files and makes a classifier of it.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says what is wrong; 'no-backend' where the
 * engine asked for is not there.
 */
export async function loadClassifier(
  { config: configFile, weights: weightsFile }: ClassifierFiles,
  backend: Pick<Backend, 'readBytes' | 'fused' | 'name'>,
  { engine = 'auto', architecture, ...options }: ClassifierOptions = {},
): Promise<Classifier> {
  const config = readVitConfig(new TextDecoder().decode(await backend.readBytes(configFile)));
  const bytes = await backend.readBytes(weightsFile);
  const possible = backend.fused !== undefined && config.architecture === 'ring';
  if (engine === 'fused' && !possible) {
    throw new RingformerError(
      'no-backend',
      `[ringformer/vit] There is no fused engine for architecture '${config.architecture}' on backend '${backend.name}'. Use engine 'tfjs'.`,
    );
  }
  if (possible && engine !== 'tfjs' && backend.fused) {
    return fusedClassifier(config, await backend.fused.vision(config, readVitWeights(config, bytes), options));
  }
  return tensorClassifier(loadVit<AnyVitParams>(config, bytes, architecture));
}

function fusedClassifier(config: VitConfig, model: FusedVision): Classifier {
  const logits: Classifier['logits'] = async (images, { levels } = {}) => {
    checkCall(config, images, levels);
    return model.classify(images, levels);
  };
  return {
    config,
    engine: 'fused',
    logits,
    classify: async (images, options) => guesses(config, await logits(images, options), options),
    features: () =>
      Promise.reject(
        new RingformerError('bad-argument', "[ringformer/vit] The fused engine shows no features. Use engine 'tfjs'."),
      ),
    dispose: () => model.dispose(),
  };
}

/** A classifier on TensorFlow.js. Owns the model's tensors: `dispose` frees them. */
export function tensorClassifier(model: Vit<AnyVitParams>): Classifier {
  const { config } = model;
  const imagesOf = (images: Float32Array) =>
    tf.tensor4d(images, [checkCall(config, images), config.channels, config.imageSize, config.imageSize]);
  const logits: Classifier['logits'] = async (images, { levels } = {}) => {
    checkCall(config, images, levels);
    const found = tf.tidy(() => classLogits(model, imagesOf(images), { levels }));
    const values = (await found.data()) as Float32Array;
    found.dispose();
    return values;
  };
  return {
    config,
    engine: 'tfjs',
    logits,
    classify: async (images, options) => guesses(config, await logits(images, options), options),
    async features(images) {
      const kept: tf.Tensor[] = [];
      tf.tidy(() => {
        const tap = (name: string, x: tf.Tensor) => void (name.endsWith('.hidden') && kept.push(tf.keep(x)));
        encodeImages(model, imagesOf(images), { tap });
      });
      const values = await Promise.all(kept.map(async (x) => (await x.data()) as Float32Array));
      tf.dispose(kept);
      return values;
    },
    dispose: () => disposeTree(model.params),
  };
}

/** How many images there are. @throws RingformerError */
function checkCall({ channels, imageSize, levels: most }: VitConfig, images: Float32Array, levels = most): number {
  const count = images.length / (channels * imageSize ** 2);
  if (!(Number.isSafeInteger(count) && count > 0)) {
    throw new RingformerError(
      'bad-shape',
      `[ringformer/vit] images have ${images.length} numbers: a multiple of ${channels}·${imageSize}·${imageSize} is wanted.`,
    );
  }
  if (!(Number.isSafeInteger(levels) && levels >= 1 && levels <= most)) {
    throw new RingformerError('bad-argument', `[ringformer/vit] levels is ${levels}: 1 to ${most} are wanted.`);
  }
  return count;
}

function guesses({ classes, labels }: VitConfig, logits: Float32Array, { top = 5 }: ClassifyOptions = {}): Guess[][] {
  if (!(Number.isSafeInteger(top) && top >= 1)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/vit] top is ${top}: a whole number of at least 1 is wanted.`,
    );
  }
  return Array.from({ length: logits.length / classes }, (_, image) => {
    const row = Array.from(logits.subarray(image * classes, (image + 1) * classes));
    const most = Math.max(...row);
    const sum = row.reduce((total, x) => total + Math.exp(x - most), 0);
    return row
      .map((x, index) => ({ label: labels?.[index] ?? String(index), index, probability: Math.exp(x - most) / sum }))
      .sort((a, b) => b.probability - a.probability || a.index - b.index)
      .slice(0, top);
  });
}
