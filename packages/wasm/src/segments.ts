import { RingformerError } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';
import type { KernelFunction } from './register.ts';

/**
 * out[id] = Σ of the rows of x with that segment id; the gradient of `tf.gather`. Rows with an id outside
 * 0 … numSegments − 1 are skipped. x [… rest], segmentIds int32 […] → [numSegments rest]
 */
export function unsortedSegmentSum(
  heap: Heap,
): KernelFunction<tf.UnsortedSegmentSumAttrs, Record<'x' | 'segmentIds', tf.TensorInfo>> {
  return ({ inputs: { x, segmentIds }, attrs: { numSegments } }) => {
    if (x.dtype !== 'float32' || segmentIds.dtype !== 'int32') {
      throw new RingformerError(
        'bad-argument',
        `[ringformer/wasm] unsortedSegmentSum: expected float32 numbers and int32 ids, got ${x.dtype} and ${segmentIds.dtype}. Use tf.cast.`,
      );
    }
    const rest = x.shape.slice(segmentIds.shape.length);
    const rows = tf.util.sizeFromShape(segmentIds.shape);
    const out = heap.make([numSegments, ...rest]);
    const width = tf.util.sizeFromShape(rest);
    heap.kernels.segmentSum(heap.at(x), heap.at(segmentIds), heap.at(out), rows, width, numSegments);
    return out;
  };
}
