import { RingformerError } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';

export type KernelFunction = (params: {
  inputs: tf.NamedTensorInfoMap;
  attrs?: object;
}) => tf.TensorInfo | tf.TensorInfo[];

/** Runs a registered kernel of the wasm backend within another: no gradient, no tracking. */
export function run(heap: Heap, name: string, inputs: tf.NamedTensorInfoMap, attrs: object = {}): tf.TensorInfo {
  const kernel = tf.getKernel(name, 'wasm');
  return kernel.kernelFunc({ inputs, backend: heap.backend, attrs: attrs as tf.NamedAttrMap }) as tf.TensorInfo;
}

/** Registers `kernel` in place of the stock one; where an input is not float32, the stock one still runs. */
export function replaceKernel(name: string, kernel: KernelFunction): void {
  wrapKernel(name, (stock) => (params) => {
    const floats = Object.values(params.inputs).every((input) => input === undefined || input.dtype === 'float32');
    return floats ? kernel(params) : stock(params);
  });
}

/** Registers what `wrap` makes of the stock kernel. */
export function wrapKernel(name: string, wrap: (stock: KernelFunction) => KernelFunction): void {
  const stock = stockKernel(name);
  if (!stock)
    throw new RingformerError(
      'no-backend',
      `[ringformer/wasm] The backend has no ${name}: use @tensorflow/tfjs-backend-wasm 4.22.`,
    );
  tf.registerKernel({ ...stock, kernelFunc: wrap(stock.kernelFunc as KernelFunction) as tf.KernelFunc });
}

/** Registers a kernel that the stock backend lacks, or replaces it whatever the inputs' types. */
export function addKernel(name: string, kernel: KernelFunction): void {
  stockKernel(name);
  tf.registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc: kernel as tf.KernelFunc });
}

/** The stock kernels replaced so far: a second start must not take our own for stock. */
const stocks = new Map<string, tf.KernelConfig>();

/** Takes the kernel out of the registry, where there is one, and returns the stock one. */
function stockKernel(name: string): tf.KernelConfig | undefined {
  const registered = tf.getKernel(name, 'wasm');
  if (registered) tf.unregisterKernel(name, 'wasm');
  if (registered && !stocks.has(name)) stocks.set(name, registered);
  return stocks.get(name);
}
