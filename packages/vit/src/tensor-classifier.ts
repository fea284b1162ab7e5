import { disposeTree, type ModelBackend } from '@ringformer/core';
import { type FilePlace, lifetime, RingformerError } from '@ringformer/core/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Vit } from './architecture.ts';
import { loadVit } from './checkpoint.ts';
import { type Classifier, checkCall, makeClassifier } from './classifier.ts';
import { classLogits, encodeImages } from './encode.ts';
import { inspectImage } from './inspect.ts';
import { type GraphFiles, type LoadOptions, loadWith, type ModelFiles } from './load-classifier.ts';
import type { AnyParams } from './params.ts';

/** A classifier on TensorFlow.js, the only engine that shows what happens inside. */
export type TensorClassifier = Classifier &
  Required<Pick<Classifier, 'features' | 'inspect'>> & { readonly engine: 'tfjs' };

/** A classifier on TensorFlow.js. It owns the model's tensors; `dispose` frees them. */
export function tensorClassifier(model: Vit<AnyParams>): TensorClassifier {
  const { config, params } = model;
  const { check, dispose } = lifetime('[ringformer/vit]', () => disposeTree(params));
  const imagesOf = (images: Float32Array) => {
    check();
    return tf.tensor4d(images, [checkCall(config, images), config.channels, config.imageSize, config.imageSize]);
  };
  const classifier = makeClassifier(config, 'tfjs', {
    async classify(images, levels) {
      const found = tf.tidy(() => classLogits(model, imagesOf(images), { levels }));
      const values = (await found.data()) as Float32Array;
      found.dispose();
      return values;
    },
    dispose,
  });
  return {
    ...classifier,
    engine: 'tfjs',
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
    async inspect(image) {
      const batch = imagesOf(image);
      try {
        if (batch.shape[0] === 1) return await inspectImage(model, batch);
        throw new RingformerError('bad-shape', `[ringformer/vit] inspect: expected one image, got ${batch.shape[0]}.`);
      } finally {
        batch.dispose();
      }
    },
  };
}

/**
 * Reads a model's files and makes a classifier: on the backend's engine if it can run the model, otherwise on
 * TensorFlow.js. `files`: its files, or the folder that contains config.json and model.safetensors.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says what is wrong; 'no-backend' if the
 * requested engine is unavailable or cannot run the model; 'bad-argument'.
 */
export function loadClassifier(
  files: ModelFiles | FilePlace,
  backend: ModelBackend,
  options: LoadOptions & { readonly engine: 'tfjs' },
): Promise<TensorClassifier>;
export function loadClassifier(
  files: ModelFiles | GraphFiles | FilePlace,
  backend: ModelBackend,
  options?: LoadOptions,
): Promise<Classifier>;
export function loadClassifier(
  files: ModelFiles | GraphFiles | FilePlace,
  backend: ModelBackend,
  options?: LoadOptions,
): Promise<Classifier> {
  return loadWith(files, backend, options, (config, weights, architecture) =>
    tensorClassifier(loadVit<AnyParams>(config, weights, architecture)),
  );
}
