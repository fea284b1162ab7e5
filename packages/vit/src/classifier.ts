import {
  disposeTree,
  type EngineOptions,
  type InferenceEngine,
  type ModelBackend,
  RingformerError,
} from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, Vit } from './architecture.ts';
import { loadVit, readWeights } from './checkpoint.ts';
import { readConfig, type VitConfig } from './config.ts';
import { classLogits, encodeImages } from './encode.ts';
import { type EngineVision, isVisionEngine } from './inference.ts';
import type { AnyParams } from './params.ts';

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
  readonly engine: InferenceEngine['name'] | 'tfjs';
  /** images [b c h w], row-major, normalised as in training → for each image its likeliest classes. */
  classify(images: Float32Array, options?: ClassifyOptions): Promise<Guess[][]>;
  /** → [b classes], row-major */
  logits(images: Float32Array, options?: Pick<ClassifyOptions, 'levels'>): Promise<Float32Array>;
  /** The stream behind each level, class token first: for each level [b n d], row-major. TensorFlow.js' engine alone. */
  features(images: Float32Array): Promise<Float32Array[]>;
  dispose(): void;
};

export type ClassifierOptions = EngineOptions & {
  /** 'auto' (the default): the backend's engine where it has one that passes the architecture. */
  readonly engine?: 'auto' | InferenceEngine['name'] | 'tfjs';
  readonly architecture?: Architecture;
};

/** Where a model's files are. */
export type ClassifierFiles = { readonly config: string | URL; readonly weights: string | URL };

/** The same of a model that was exported as an ONNX graph, for engines that run such. */
export type ClassifierGraph = { readonly config: string | URL; readonly graph: string | URL };

/**
 * Reads a model's files and makes a classifier of it.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says what is wrong; 'no-backend' where the
 * engine asked for is not there, or runs no graphs.
 */
export async function loadClassifier(
  files: ClassifierFiles | ClassifierGraph,
  backend: ModelBackend,
  { engine = 'auto', architecture, ...options }: ClassifierOptions = {},
): Promise<Classifier> {
  const config = readConfig(new TextDecoder().decode(await backend.readBytes(files.config)));
  const offered = backend.engine && isVisionEngine(backend.engine) ? backend.engine : undefined;
  const possible =
    offered?.architectures.includes(config.architecture) && (engine === 'auto' || engine === offered.name);
  if (engine !== 'auto' && engine !== 'tfjs' && !possible) {
    throw new RingformerError(
      'no-backend',
      `[ringformer/vit] There is no ${engine} engine for architecture '${config.architecture}' on backend '${backend.name}'. Use engine 'tfjs'.`,
    );
  }
  if ('graph' in files) {
    if (!offered?.graphs || engine === 'tfjs') {
      throw new RingformerError(
        'no-backend',
        `[ringformer/vit] This model is an ONNX graph, which ${engine === 'auto' ? backend.name : engine} does not run. Use startOnnx of @ringformer/onnx/run.`,
      );
    }
    const bytes = await backend.readBytes(files.graph);
    return engineClassifier(config, offered.name, await offered.graphs.vision(config, bytes, options));
  }
  const bytes = await backend.readBytes(files.weights);
  if (possible && offered) {
    const weights = readWeights(config, bytes, architecture);
    return engineClassifier(config, offered.name, await offered.vision(config, weights, options));
  }
  return tensorClassifier(loadVit<AnyParams>(config, bytes, architecture));
}

function engineClassifier(config: VitConfig, engine: InferenceEngine['name'], model: EngineVision): Classifier {
  const logits: Classifier['logits'] = async (images, { levels } = {}) => {
    checkCall(config, images, levels);
    return model.classify(images, levels);
  };
  return {
    config,
    engine,
    logits,
    classify: async (images, options) => guesses(config, await logits(images, options), options),
    features: () =>
      Promise.reject(
        new RingformerError(
          'bad-argument',
          `[ringformer/vit] The ${engine} engine shows no features. Use engine 'tfjs'.`,
        ),
      ),
    dispose: () => model.dispose(),
  };
}

/** A classifier on TensorFlow.js. Owns the model's tensors: `dispose` frees them. */
export function tensorClassifier(model: Vit<AnyParams>): Classifier {
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
