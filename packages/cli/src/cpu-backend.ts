import { type Backend, product } from '@ringformer/core/base';
import { registerGradients } from '@ringformer/core/gradients';
import { readBytes } from '@ringformer/core/read';
import * as tf from '@tensorflow/tfjs-core';

/** TensorFlow.js' backend in plain JavaScript: slow, exact, everywhere. Good for checks and small models. */
export async function startCpu(): Promise<Backend> {
  tf.enableProdMode(); // before the first operation, or an advertisement appears on stderr
  await import('@tensorflow/tfjs-backend-cpu');
  registerGradients();
  tf.unregisterKernel(tf.UnsortedSegmentSum, 'cpu');
  tf.registerKernel({ kernelName: tf.UnsortedSegmentSum, backendName: 'cpu', kernelFunc: segmentSum });
  await tf.setBackend('cpu');
  return { name: 'cpu', trains: true, readBytes };
}

type CpuBackend = {
  readonly data: { get(id: object): { values: tf.TypedArray } };
  write(values: tf.TypedArray, shape: number[], dtype: tf.DataType): tf.DataId;
};

/** Row sums by segment in one pass over x; the stock kernel compares every row with every segment. x: [n …] → [segments …] */
const segmentSum: tf.KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const { numSegments } = attrs as { numSegments: number };
  const cpu = backend as unknown as CpuBackend;
  const values = cpu.data.get(x.dataId).values;
  const ids = cpu.data.get(segmentIds.dataId).values;
  const width = product(x.shape.slice(segmentIds.shape.length));
  const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
  const sums = x.dtype === 'int32' ? new Int32Array(numSegments * width) : new Float32Array(numSegments * width);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id < 0 || id >= numSegments) continue;
    for (let i = 0; i < width; i++) sums[id * width + i]! += values[row * width + i]!;
  }
  return { dataId: cpu.write(sums, shape, x.dtype), shape, dtype: x.dtype };
};
