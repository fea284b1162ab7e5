import * as tf from '@tensorflow/tfjs-core';
import { conv2DBackpropFilter } from './conv.ts';
import { gather } from './gather.ts';
import type { Heap } from './heap.ts';
import { fusedMatMul, matMul } from './matmul.ts';
import { concat, pack, slice, unpack } from './movement.ts';
import { addKernel, replaceKernel, wrapKernel } from './register.ts';
import { registerFused } from './ring-kernels.ts';
import { unsortedSegmentSum } from './segments.ts';

/** Puts our kernels into TensorFlow.js' registry for the backend 'wasm'. */
export function registerKernels(heap: Heap): void {
  replaceKernel(tf.BatchMatMul, ({ inputs, attrs }) => matMul(heap, { ...(inputs as MatMulInputs), ...attrs }));
  replaceKernel(tf._FusedMatMul, fusedMatMul(heap));
  wrapKernel(tf.GatherV2, (stock) => gather(heap, stock));
  wrapKernel(
    tf.Identity,
    (stock) => (params) => alias(heap, params.inputs as Record<'x', tf.TensorInfo>) ?? stock(params),
  );
  wrapKernel(tf.Slice, (stock) => slice(heap, stock));
  wrapKernel(tf.Unpack, (stock) => unpack(heap, stock));
  wrapKernel(tf.Concat, (stock) => concat(heap, stock));
  wrapKernel(tf.Pack, (stock) => pack(heap, stock));
  addKernel(tf.UnsortedSegmentSum, unsortedSegmentSum(heap));
  addKernel(tf.Conv2DBackpropFilter, conv2DBackpropFilter(heap));
  registerFused(heap);
}

/** The same numbers as another tensor, as the stock Reshape does it; the stock Identity copies them. */
function alias({ backend }: Heap, { x }: { x: tf.TensorInfo }): tf.TensorInfo | undefined {
  if (x.dtype === 'string') return undefined;
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}

type MatMulInputs = { a: tf.TensorInfo; b: tf.TensorInfo };
