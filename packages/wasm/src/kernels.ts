import * as tf from '@tensorflow/tfjs-core';
import { ADD, binary, MULTIPLY, SUBTRACT, square, sum, transpose } from './arithmetic.ts';
import { conv2DBackpropFilter } from './conv.ts';
import { gather } from './gather.ts';
import { alias, type Heap } from './heap.ts';
import { fusedMatMul, matMul } from './matmul.ts';
import { concat, pack, slice, unpack } from './movement.ts';
import { addKernel, replaceKernel, wrapKernel } from './register.ts';
import { registerFused } from './ring-kernels.ts';
import { unsortedSegmentSum } from './segments.ts';

/** Registers our kernels with TensorFlow.js for the backend 'wasm'. */
export function registerKernels(heap: Heap): void {
  replaceKernel<MatMulAttrs, MatMulInputs>(tf.BatchMatMul, ({ inputs, attrs }) =>
    matMul(heap, { ...inputs, ...attrs }),
  );
  replaceKernel(tf._FusedMatMul, fusedMatMul(heap));
  wrapKernel(tf.GatherV2, gather(heap));
  wrapKernel<object, Record<'x', tf.TensorInfo>>(
    tf.Identity,
    (stock) => (params) => alias(heap, params.inputs.x) ?? stock(params),
  );
  wrapKernel(tf.Transpose, transpose(heap));
  wrapKernel(tf.Add, binary(heap, ADD));
  wrapKernel(tf.Sub, binary(heap, SUBTRACT));
  wrapKernel(tf.Multiply, binary(heap, MULTIPLY));
  wrapKernel(tf.Square, square(heap));
  wrapKernel(tf.Sum, sum(heap));
  wrapKernel(tf.Slice, slice(heap));
  wrapKernel(tf.Unpack, unpack(heap));
  wrapKernel(tf.Concat, concat(heap));
  wrapKernel(tf.Pack, pack(heap));
  addKernel(tf.UnsortedSegmentSum, unsortedSegmentSum(heap));
  addKernel(tf.Conv2DBackpropFilter, conv2DBackpropFilter(heap));
  registerFused(heap);
}

type MatMulInputs = { a: tf.TensorInfo; b: tf.TensorInfo };
type MatMulAttrs = { transposeA?: boolean; transposeB?: boolean };
