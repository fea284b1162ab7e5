import { product } from '@ringformer/core/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';
import type { KernelFunction } from './register.ts';

// Kernels that only copy. The stock ones go through JavaScript arrays; Slice even copies its whole input first.

type Info = tf.TensorInfo;
type OfOne<Name extends string, Attrs> = KernelFunction<Attrs, Record<Name, Info>>;
type OfSeveral<Attrs> = KernelFunction<Attrs, Info[]>;
/** Makes a kernel from the stock one. */
type Wrap<Kernel> = (stock: Kernel) => Kernel;

/** x[begin … begin + size) */
export function slice(heap: Heap): Wrap<OfOne<'x', tf.SliceAttrs>> {
  return (stock) => (params) => {
    const { x } = params.inputs;
    if (x.dtype === 'string') return stock(params);
    const parsed = tf.slice_util.parseSliceParams(x as tf.Tensor, params.attrs.begin, params.attrs.size);
    const [begin, size] = parsed as [number[], number[]];
    tf.slice_util.assertParamsValid(x as tf.Tensor, begin, size);
    const out = heap.make(size, x.dtype);
    if (product(size) === 0) return out;
    const bytes = tf.util.bytesPerElement(x.dtype);
    // the axes from `whole` on are copied entirely: together with the axis before them they form one block
    let whole = x.shape.length;
    while (whole > 0 && size[whole - 1] === x.shape[whole - 1]) whole--;
    const inner = product(x.shape.slice(whole)) * bytes;
    const block = whole > 0 ? size[whole - 1]! * inner : inner;
    const steps = x.shape.map((_, axis) => product(x.shape.slice(axis + 1)) * bytes);
    const from = begin.reduce((at, index, axis) => at + index * steps[axis]!, heap.at(x));
    const outer = Math.max(0, whole - 1);
    let to = heap.at(out);
    const visit = (axis: number, at: number): void => {
      const count = axis < outer ? size[axis]! : 1;
      const step = axis < outer ? steps[axis]! : 0;
      if (axis >= outer - 1) {
        heap.kernels.copyBlocks(at, step, to, block, block, count);
        to += block * count;
      } else for (let i = 0; i < count; i++) visit(axis + 1, at + i * step);
    };
    visit(0, from);
    return out;
  };
}

/** x along one axis → one tensor for each index */
export function unpack(heap: Heap): Wrap<OfOne<'value', tf.UnpackAttrs>> {
  return (stock) => (params) => {
    const { value } = params.inputs;
    if (value.dtype === 'string') return stock(params);
    const [axis = 0] = tf.util.parseAxisParam(params.attrs.axis, value.shape);
    const shape = [...value.shape.slice(0, axis), ...value.shape.slice(axis + 1)];
    const block = product(value.shape.slice(axis + 1)) * tf.util.bytesPerElement(value.dtype);
    const count = value.shape[axis]!;
    const outer = product(value.shape.slice(0, axis));
    return Array.from({ length: count }, (_, i) => {
      const out = heap.make(shape, value.dtype);
      heap.kernels.copyBlocks(heap.at(value) + i * block, count * block, heap.at(out), block, block, outer);
      return out;
    });
  };
}

/** Tensors side by side along an existing axis. */
export function concat(heap: Heap): Wrap<OfSeveral<tf.ConcatAttrs>> {
  return (stock) => (params) => {
    const { inputs } = params;
    const first = inputs[0] as Info;
    // the stock kernel converts what is of another type
    if (first.dtype === 'string' || inputs.some(({ dtype }) => dtype !== first.dtype)) return stock(params);
    const [axis = 0] = tf.util.parseAxisParam(params.attrs.axis, first.shape);
    const shapes = inputs.map(({ shape }) => shape);
    tf.backend_util.assertParamsConsistent(shapes, axis);
    return join(heap, inputs, tf.backend_util.computeOutShape(shapes, axis), axis);
  };
}

/** Tensors of one shape side by side along a new axis. */
export function pack(heap: Heap): Wrap<OfSeveral<tf.PackAttrs>> {
  return (stock) => (params) => {
    const { inputs } = params;
    const { shape, dtype } = inputs[0] as Info;
    if (dtype === 'string') return stock(params);
    for (const input of inputs) {
      tf.util.assert(dtype === input.dtype, () => 'All tensors passed to stack must have matching dtypes');
      tf.util.assertShapesMatch(shape, input.shape, 'All tensors passed to stack must have matching shapes');
    }
    let { axis } = params.attrs;
    if (axis < 0) axis += shape.length + 1;
    return join(heap, inputs, [...shape.slice(0, axis), inputs.length, ...shape.slice(axis)], axis);
  };
}

function join(heap: Heap, inputs: readonly Info[], shape: number[], axis: number): Info {
  const { dtype } = inputs[0] as Info;
  const out = heap.make(shape, dtype);
  const outer = product(shape.slice(0, axis));
  if (product(shape) === 0) return out;
  const row = product(shape.slice(axis)) * tf.util.bytesPerElement(dtype);
  let to = heap.at(out);
  for (const input of inputs) {
    const block = (product(input.shape) / outer) * tf.util.bytesPerElement(dtype);
    heap.kernels.copyBlocks(heap.at(input), block, to, row, block, outer);
    to += block;
  }
  return out;
}
