// The gradients that training needs, for a backend of your own: `@ringformer/core/gradients`.
import * as tf from '@tensorflow/tfjs-core';
import { gradConfigs } from './generated/gradients.ts';

/**
 * Registers the gradients of TensorFlow.js operations, which `@tensorflow/tfjs-core` doesn't do by itself in Node. Gradients
 * that are already registered are left unchanged, so it is safe to call this again, or to use it together with
 * `@tensorflow/tfjs`.
 */
export function registerGradients(): void {
  for (const gradient of gradConfigs as readonly tf.GradConfig[]) {
    if (tf.getGradient(gradient.kernelName) === undefined) tf.registerGradient(gradient);
  }
}
