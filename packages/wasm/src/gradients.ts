import * as tf from '@tensorflow/tfjs-core';
import { gradConfigs } from './generated/gradients.ts';

/**
 * Registers the gradients of TensorFlow.js operations, which `@tensorflow/tfjs-core` alone does not do in Node.
 * Gradients already registered stay as they are, so calling it again, or beside `@tensorflow/tfjs`, changes nothing.
 */
export function registerGradients(): void {
  for (const gradient of gradConfigs as readonly tf.GradConfig[]) {
    if (tf.getGradient(gradient.kernelName) === undefined) tf.registerGradient(gradient);
  }
}
