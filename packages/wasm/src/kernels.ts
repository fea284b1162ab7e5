import * as tf from '@tensorflow/tfjs-core';
import { conv2DBackpropFilter } from './conv.ts';
import { registerFused } from './fused.ts';
import type { Heap } from './heap.ts';
import { fusedMatMul, matMul } from './matmul.ts';
import { addKernel, replaceKernel } from './register.ts';
import { unsortedSegmentSum } from './segments.ts';

/** Puts our kernels into TensorFlow.js' registry for the backend 'wasm'. */
export function registerKernels(heap: Heap): void {
  replaceKernel(tf.BatchMatMul, ({ inputs, attrs }) => matMul(heap, { ...(inputs as MatMulInputs), ...attrs }));
  replaceKernel(tf._FusedMatMul, fusedMatMul(heap));
  addKernel(tf.UnsortedSegmentSum, unsortedSegmentSum(heap));
  addKernel(tf.Conv2DBackpropFilter, conv2DBackpropFilter(heap));
  registerFused(heap);
}

type MatMulInputs = { a: tf.TensorInfo; b: tf.TensorInfo };
