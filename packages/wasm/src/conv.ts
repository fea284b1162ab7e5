import { RingformerError } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';
import type { KernelFunction } from './register.ts';

/**
 * The gradient of conv2d with respect to its filter: for each tap, the products of the inputs it sees with dy, one row of
 * the image at a time. x [b h w in], dy [b h′ w′ out] → [fh fw in out]
 */
export function conv2DBackpropFilter(
  heap: Heap,
): KernelFunction<tf.Conv2DBackpropFilterAttrs, Record<'x' | 'dy', tf.TensorInfo>> {
  return ({ inputs: { x, dy }, attrs }) => {
    const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs;
    if (dataFormat !== 'NHWC') {
      throw new RingformerError(
        'bad-argument',
        `[ringformer/wasm] conv2d has no gradient for ${dataFormat}. Use NHWC.`,
      );
    }
    const shape = x.shape as [number, number, number, number];
    const info = tf.backend_util.computeConv2DInfo(shape, filterShape, strides, 1, pad, dimRoundingMode);
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
    const { strideHeight, strideWidth, filterHeight, filterWidth } = info;
    const out = heap.make(filterShape);
    const [from, slopes, to] = [heap.at(x), heap.at(dy), heap.at(out)];
    heap.backend.wasm.HEAPU8.fill(0, to, to + tf.util.sizeFromShape(filterShape) * 4);
    const inBytes = inChannels * 4;
    const outBytes = outChannels * 4;
    for (let fy = 0; fy < filterHeight; fy++) {
      for (let fx = 0; fx < filterWidth; fx++) {
        const tap = to + (fy * filterWidth + fx) * inChannels * outBytes;
        // outputs of a row whose input column x·stride + fx − left lies inside the image
        const first = Math.max(0, Math.ceil((padInfo.left - fx) / strideWidth));
        const last = Math.min(outWidth - 1, Math.floor((inWidth - 1 + padInfo.left - fx) / strideWidth));
        if (last < first) continue;
        for (let b = 0; b < batchSize; b++) {
          for (let y = 0; y < outHeight; y++) {
            const row = y * strideHeight + fy - padInfo.top;
            if (row < 0 || row >= inHeight) continue;
            const column = first * strideWidth + fx - padInfo.left;
            const a = from + ((b * inHeight + row) * inWidth + column) * inBytes;
            const g = slopes + ((b * outHeight + y) * outWidth + first) * outBytes;
            const sizes = [inChannels, outChannels, last - first + 1] as const;
            heap.kernels.rankProduct(a, 4, strideWidth * inBytes, g, outBytes, tap, outBytes, ...sizes, 1, 0, true);
          }
        }
      }
    }
    return out;
  };
}
