import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { registerGradients } from '../../wasm/src/gradients.ts';
import type { Backend } from '../src/index.ts';

/** TensorFlow.js in plain JavaScript, with gradients: slow, and what tests compare with. */
export async function startCpu(): Promise<Backend> {
  registerGradients();
  tf.env().set('IS_TEST', true); // no advertisement
  await tf.setBackend('cpu');
  return { name: 'cpu', trains: true, readBytes: (from) => readFile(from) };
}
