import { product, RingformerError } from '@ringformer/core/base';
import * as tf from '@tensorflow/tfjs-core';

/** What was counted while a function ran. */
export type Counted = {
  /** Multiply–adds of all matrix products, attention included. */
  readonly macs: number;
  /** 2 · macs */
  readonly flops: number;
  /** Numbers read of factors that are weights: second factors of products of two matrices. */
  readonly weightReads: number;
  /** How often each kernel ran. */
  readonly kernels: Readonly<Record<string, number>>;
};

type Shapes = readonly (readonly number[])[];

/**
 * Runs a function on the current backend and counts the multiply–adds of every matrix product by the shapes that its kernel
 * was given, fused attention included. Tensors that it makes and does not return are disposed of.
 * @throws RingformerError 'bad-argument' if a kernel with products other than these ran
 */
export async function countOperations(run: () => tf.TensorContainer): Promise<Counted> {
  let macs = 0;
  let weightReads = 0;
  const kernels: Record<string, number> = {};
  const profile = await tf.profile(() => tf.tidy(run));
  for (const { name, inputShapes, outputShapes } of profile.kernels) {
    kernels[name] = (kernels[name] ?? 0) + 1;
    const found = countKernel(name, inputShapes as Shapes, outputShapes as Shapes);
    macs += found.macs;
    weightReads += found.reads;
  }
  tf.dispose(profile.result as tf.TensorContainer);
  return { macs, flops: 2 * macs, weightReads, kernels };
}

function countKernel(name: string, inputs: Shapes, outputs: Shapes): { macs: number; reads: number } {
  if (name === 'BatchMatMul' || name === '_FusedMatMul') {
    const [a, b] = inputs as [readonly number[], readonly number[]];
    const out = outputs[0] as readonly number[];
    const batch = product(out.slice(0, -2));
    const inner = Math.sqrt((product(a) * product(b)) / product(out) / batch); // (m·k)(k·n) / (m·n) = k², transposed or not
    return { macs: product(out) * Math.round(inner), reads: b.length === 2 ? product(b) : 0 };
  }
  if (name === 'RingAttention') {
    const [[batch = 0, n = 0, d = 0] = [], [, m = 0] = []] = inputs;
    return { macs: 2 * batch * n * m * d, reads: 0 };
  }
  if (/^(Fused)?(Depthwise)?Conv|Einsum|Grad$/.test(name)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/analysis] countOperations: expected a forward pass of matrix products and attention, got ${name}.`,
    );
  }
  return { macs: 0, reads: 0 };
}
