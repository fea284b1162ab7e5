import { RingformerError } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';
import type { KernelFunction } from './register.ts';

type Gather = KernelFunction<tf.GatherV2Attrs, Record<'x' | 'indices', tf.TensorInfo>>;

/**
 * Rows of x by their numbers: `tf.gather` along the first axis, without the stock kernel's detour through 3-D transposes.
 * x [rows …rest], indices int32 [… ] → [… …rest]
 * @throws RingformerError 'bad-argument' if an index is not a row of x.
 */
export function gather(heap: Heap): (stock: Gather) => Gather {
  return (stock) => (params) => {
    const { x, indices } = params.inputs;
    const { axis, batchDims } = params.attrs;
    const first = tf.util.parseAxisParam(axis, x.shape)[0] === 0 && batchDims === 0;
    if (!first || x.dtype === 'string' || x.dtype === 'bool' || indices.dtype !== 'int32') return stock(params);
    const [rows = 0, ...rest] = x.shape;
    const out = heap.make([...indices.shape, ...rest], x.dtype);
    const count = tf.util.sizeFromShape(indices.shape);
    const width = tf.util.sizeFromShape(rest);
    const wrong = heap.kernels.gatherRows(heap.at(x), heap.at(indices), heap.at(out), count, width, rows);
    if (wrong >= 0) {
      heap.backend.disposeData(out.dataId);
      const index = new Int32Array(heap.backend.wasm.HEAPU8.buffer, heap.at(indices), count)[wrong];
      throw new RingformerError(
        'bad-argument',
        `[ringformer/wasm] GatherV2: the index value ${index} is not in [0, ${rows - 1}]: it is at position ${wrong}, and x has ${rows} rows. Check the ids.`,
      );
    }
    return out;
  };
}
