import { RingformerError } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';

/**
 * A kernel by the types of its attributes and inputs. TensorFlow.js' registry forgets both; only `typed` and `untyped` cast.
 */
export type KernelFunction<Attrs, Inputs extends object> = (params: {
  inputs: Inputs;
  attrs: Attrs;
}) => tf.TensorInfo | tf.TensorInfo[];

const typed = <Attrs, Inputs extends object>(kernel: tf.KernelFunc) =>
  kernel as unknown as KernelFunction<Attrs, Inputs>;
const untyped = <Attrs, Inputs extends object>(kernel: KernelFunction<Attrs, Inputs>) =>
  kernel as unknown as tf.KernelFunc;

/** Runs a registered kernel of the wasm backend inside another one, without gradients or tracking. */
export function run(heap: Heap, name: string, inputs: tf.NamedTensorInfoMap, attrs: object = {}): tf.TensorInfo {
  const kernel = tf.getKernel(name, 'wasm');
  return kernel.kernelFunc({ inputs, backend: heap.backend, attrs: attrs as tf.NamedAttrMap }) as tf.TensorInfo;
}

/** Registers `kernel` in place of the stock one, which still runs if an input is not float32. */
export function replaceKernel<Attrs, Inputs extends object>(name: string, kernel: KernelFunction<Attrs, Inputs>): void {
  wrapKernel<Attrs, Inputs>(name, (stock) => (params) => {
    const floats = Object.values(params.inputs as tf.NamedTensorInfoMap).every(
      (input) => input === undefined || input.dtype === 'float32',
    );
    return floats ? kernel(params) : stock(params);
  });
}

/** Registers what `wrap` makes of the stock kernel. */
export function wrapKernel<Attrs, Inputs extends object>(
  name: string,
  wrap: (stock: KernelFunction<Attrs, Inputs>) => KernelFunction<Attrs, Inputs>,
): void {
  const stock = stockKernel(name);
  if (!stock)
    throw new RingformerError(
      'no-backend',
      `[ringformer/wasm] The backend has no kernel ${name}. Use @tensorflow/tfjs-backend-wasm 4.22.`,
    );
  tf.registerKernel({ ...stock, kernelFunc: untyped(wrap(typed(stock.kernelFunc))) });
}

/** Registers a kernel that the stock backend lacks, or replaces it whatever the inputs' types. */
export function addKernel<Attrs, Inputs extends object>(name: string, kernel: KernelFunction<Attrs, Inputs>): void {
  stockKernel(name);
  tf.registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc: untyped(kernel) });
}

/** The stock kernels replaced so far, so that a second start does not take ours for stock. */
const stocks = new Map<string, tf.KernelConfig>();

/** Removes the kernel from the registry if it is there, and returns the stock one. */
function stockKernel(name: string): tf.KernelConfig | undefined {
  const registered = tf.getKernel(name, 'wasm');
  if (registered) tf.unregisterKernel(name, 'wasm');
  if (registered && !stocks.has(name)) stocks.set(name, registered);
  return stocks.get(name);
}
