import { product } from '@ringformer/core/base';
import * as tf from '@tensorflow/tfjs-core';
import { alias, type Heap } from './heap.ts';
import type { KernelFunction } from './register.ts';

// Arithmetic that the stock kernels do, but slowly: on the native kernels, if there are any.

type Wrap<Kernel> = (stock: Kernel) => Kernel;
type OfTwo = KernelFunction<object, Record<'a' | 'b', tf.TensorInfo>>;
type OfOne<Attrs = object> = KernelFunction<Attrs, Record<'x', tf.TensorInfo>>;

/** The operations of the kernel `arithmetic`. */
export const ADD = 0;
export const SUBTRACT = 1;
export const MULTIPLY = 2;

/** a ∘ b for tensors of one shape, or of which one repeats along the leading axes of the other. */
export function binary(heap: Heap, operation: number): Wrap<OfTwo> {
  return (stock) => {
    const { arithmetic } = heap.kernels;
    if (!arithmetic) return stock;
    return (params) => {
      const { a, b } = params.inputs;
      const [aSize, bSize] = [product(a.shape), product(b.shape)];
      const suits = aSize >= bSize ? repeats(b.shape, a.shape) : repeats(a.shape, b.shape);
      if (!isFloats(a) || !isFloats(b) || !suits || aSize * bSize === 0) return stock(params);
      const out = heap.make(tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape));
      arithmetic(operation, heap.at(a), aSize, heap.at(b), bSize, heap.at(out));
      return out;
    };
  };
}

/** x² */
export function square(heap: Heap): Wrap<OfOne> {
  return (stock) => {
    const { arithmetic } = heap.kernels;
    if (!arithmetic) return stock;
    return (params) => {
      const { x } = params.inputs;
      const size = product(x.shape);
      if (!isFloats(x) || size === 0) return stock(params);
      const out = heap.make(x.shape);
      arithmetic(MULTIPLY, heap.at(x), size, heap.at(x), size, heap.at(out));
      return out;
    };
  };
}

/** The sum over some axes. The stock kernel leaves the sums of no numbers as they come. */
export function sum(heap: Heap): Wrap<OfOne<tf.SumAttrs>> {
  return (stock) => (params) => {
    const { x } = params.inputs;
    const { axis, keepDims } = params.attrs;
    const over = new Set(tf.util.parseAxisParam(axis, x.shape));
    const { sumRows } = heap.kernels;
    const kept = x.shape.length - over.size;
    const last = [...over].every((axis) => axis >= kept);
    const empty = product(x.shape) === 0;
    if (!empty && !(sumRows && last && isFloats(x))) return stock(params);
    const shape = x.shape.flatMap((size, axis) => (over.has(axis) ? (keepDims ? [1] : []) : [size]));
    const out = heap.make(shape, x.dtype);
    const rows = product(shape);
    if (empty) heap.backend.wasm.HEAPU8.fill(0, heap.at(out), heap.at(out) + rows * tf.util.bytesPerElement(x.dtype));
    else sumRows?.(heap.at(x), heap.at(out), rows, product(x.shape) / rows);
    return out;
  };
}

/** Axes in another order; in the same one (as in the gradient of `tf.gather`), the stock kernel would copy the numbers. */
export function transpose(heap: Heap): Wrap<OfOne<tf.TransposeAttrs>> {
  return (stock) => (params) => {
    const { x } = params.inputs;
    const moved = params.attrs.perm.filter((axis) => x.shape[axis] !== 1);
    if (moved.some((axis, i) => i > 0 && axis < moved[i - 1]!)) return stock(params);
    const same = alias(heap, x);
    return same ? { ...same, shape: params.attrs.perm.map((axis) => x.shape[axis]!) } : stock(params);
  };
}

const isFloats = ({ dtype }: tf.TensorInfo) => dtype === 'float32';

/** Whether numbers of shape `part` repeat in those of shape `whole`: its last axes are the same. */
function repeats(part: readonly number[], whole: readonly number[]): boolean {
  const first = part.findIndex((size) => size !== 1);
  const own = first < 0 ? [] : part.slice(first);
  return own.length <= whole.length && own.every((size, i) => size === whole[whole.length - own.length + i]);
}
