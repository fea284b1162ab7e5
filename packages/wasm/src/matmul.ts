import { RingformerError } from '@ringformer/core';
import { product } from '@ringformer/core/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';
import { type KernelFunction, run } from './register.ts';

type Product = { a: tf.TensorInfo; b: tf.TensorInfo; transposeA?: boolean; transposeB?: boolean; bias?: number };

/** C = op(A)·op(B) (+ bias at that pointer, one number per column). [… m k] · [… k n] → [… m n]; leading axes broadcast. */
export function matMul(heap: Heap, { a, b, transposeA = false, transposeB = false, bias = 0 }: Product): tf.TensorInfo {
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new RingformerError(
      'bad-shape',
      `[ringformer/wasm] matMul: expected two matrices, got shapes [${a.shape}] and [${b.shape}]. Reshape a vector to [1, n] or [n, 1].`,
    );
  }
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [kB, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (k !== kB) {
    throw new RingformerError(
      'bad-shape',
      `[ringformer/wasm] matMul: the inner sizes must agree, got [${a.shape}]${transposeA ? 'ᵀ' : ''} · [${b.shape}]${transposeB ? 'ᵀ' : ''}.`,
    );
  }
  const aBatch = a.shape.slice(0, -2);
  const bBatch = b.shape.slice(0, -2);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const out = heap.make([...batch, m, n]);
  const count = product(batch);
  if (count * m * n === 0) return out;
  const to = heap.at(out);
  if (k === 0 && !bias) {
    heap.backend.wasm.HEAPU8.fill(0, to, to + count * m * n * 4);
    return out;
  }
  const { kernels } = heap;
  const scratch = heap.scratch(kernels.gemmScratch(n, k));
  const [from, and] = [heap.at(a), heap.at(b)];
  const aNext = m * k * 4;
  const bNext = k * n * 4;
  const aCount = product(aBatch);
  const bCount = product(bBatch);
  if (bCount === 1 && !transposeA) {
    // one B for all: treat the rows of all A as one matrix
    kernels.matMul(from, 0, false, and, 0, transposeB, to, 1, count * m, n, k, bias, scratch);
  } else if ((aCount === count || aCount === 1) && (bCount === count || bCount === 1)) {
    const [nextA, nextB] = [aCount === 1 ? 0 : aNext, bCount === 1 ? 0 : bNext];
    kernels.matMul(from, nextA, transposeA, and, nextB, transposeB, to, count, m, n, k, bias, scratch);
  } else {
    const aSteps = steps(aBatch, batch);
    const bSteps = steps(bBatch, batch);
    for (let z = 0; z < count; z++) {
      const aAt = from + offset(z, batch, aSteps) * aNext;
      const bAt = and + offset(z, batch, bSteps) * bNext;
      kernels.matMul(aAt, 0, transposeA, bAt, 0, transposeB, to + z * m * n * 4, 1, m, n, k, bias, scratch);
    }
  }
  return out;
}

/** For each axis of `batch`, how many matrices apart neighbours are in an operand of shape `own`: 0 if it broadcasts. */
function steps(own: readonly number[], batch: readonly number[]): number[] {
  const missing = batch.length - own.length;
  return batch.map((_, axis) => {
    const size = own[axis - missing] ?? 1;
    return size === 1 ? 0 : product(own.slice(axis - missing + 1));
  });
}

function offset(index: number, batch: readonly number[], apart: readonly number[]): number {
  let at = 0;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    const size = batch[axis]!;
    at += (index % size) * apart[axis]!;
    index = Math.floor(index / size);
  }
  return at;
}

type FusedInputs = { a: tf.TensorInfo; b: tf.TensorInfo; bias?: tf.TensorInfo; preluActivationWeights?: tf.TensorInfo };
type FusedAttrs = { transposeA: boolean; transposeB: boolean; activation: string; leakyreluAlpha?: number };

const ACTIVATIONS: Record<string, string> = {
  relu: tf.Relu,
  relu6: tf.Relu6,
  elu: tf.Elu,
  sigmoid: tf.Sigmoid,
  leakyrelu: tf.LeakyRelu,
  prelu: tf.Prelu,
};

/** act(op(A)·op(B) + bias). The stock kernel computes wrong results with a bias when batched or transposed. */
export function fusedMatMul(heap: Heap): KernelFunction<FusedAttrs, FusedInputs> {
  return ({ inputs: { a, b, bias, preluActivationWeights }, attrs }) => {
    const { transposeA, transposeB, activation, leakyreluAlpha } = attrs;
    const n = transposeB ? b.shape.at(-2) : b.shape.at(-1);
    const inKernel = bias?.dtype === 'float32' && bias.shape.at(-1) === n && product(bias.shape) === n;
    let out = matMul(heap, { a, b, transposeA, transposeB, bias: bias && inKernel ? heap.at(bias) : 0 });
    const apply = (name: string, rest: Record<string, tf.TensorInfo>, rename: string, options = {}) => {
      const next = run(heap, name, { [rename]: out, ...rest }, options);
      heap.backend.disposeData(out.dataId);
      out = next;
    };
    if (bias && !inKernel) apply(tf.Add, { b: bias }, 'a');
    if (activation === 'linear') return out;
    const name = ACTIVATIONS[activation];
    if (!name)
      throw new RingformerError(
        'bad-argument',
        `[ringformer/wasm] fused.matMul does not support the activation ${activation}. Apply it in a separate step.`,
      );
    const rest = name === tf.Prelu && preluActivationWeights ? { alpha: preluActivationWeights } : undefined;
    apply(name, rest ?? {}, 'x', name === tf.LeakyRelu ? { alpha: leakyreluAlpha } : {});
    return out;
  };
}
