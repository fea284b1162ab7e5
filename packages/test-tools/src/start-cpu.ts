import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { Backend } from '@ringformer/core';
import { registerGradients } from '@ringformer/core/gradients';

/** TensorFlow.js in plain JavaScript, with gradients: slow, and what tests compare with. */
export async function startCpu(): Promise<Backend> {
  registerGradients();
  tf.env().set('IS_TEST', true); // no advertisement
  await tf.setBackend('cpu');
  const readBytes: Backend['readBytes'] = async (from) => (await import('node:fs/promises')).readFile(from); // browsers have none
  return { name: 'cpu', trains: true, readBytes };
}
