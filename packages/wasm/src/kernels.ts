import * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';
import { fusedMatMul, matMul } from './matmul.ts';
import { replaceKernel } from './register.ts';

/** Puts our kernels into TensorFlow.js' registry for the backend 'wasm'. */
export function registerKernels(heap: Heap): void {
  replaceKernel(tf.BatchMatMul, ({ inputs, attrs }) => matMul(heap, { ...(inputs as MatMulInputs), ...attrs }));
  replaceKernel(tf._FusedMatMul, fusedMatMul(heap));
}

type MatMulInputs = { a: tf.TensorInfo; b: tf.TensorInfo };
