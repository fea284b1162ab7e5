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
  const stock = stockKernel(name);
  tf.registerKernel({
    ...stock,
    kernelName: name,
    backendName: 'wasm',
    kernelFunc: (params) => {
      const floats = Object.values(params.inputs).every((input) => input === undefined || input.dtype === 'float32');
      return floats || !stock ? kernel(params) : stock.kernelFunc(params);
    },
  });
}

/** Registers a kernel that the stock backend lacks, or replaces it whatever the inputs' types. */
export function addKernel(name: string, kernel: KernelFunction): void {
  stockKernel(name);
  tf.registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc: kernel });
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
