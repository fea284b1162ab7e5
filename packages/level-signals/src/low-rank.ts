import { type Init, normal, project, type Spec, type SpecOf, zeros } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';

/** A level signal's two thin matrices, each [r d]: `down` reads the token (B in the paper), `up` writes the signal (A). */
export type LowRank = { readonly down: tf.Tensor; readonly up: tf.Tensor };

/**
 * s(x) = (x·Bᵀ)·A: what a level adds, a low-rank function of its input (Heo et al., 2025). Never forms the d×d matrix AᵀB.
 * x: [… d] → [… d]
 */
export function levelSignal({ down, up }: LowRank, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const read = project(down, x);
    const flat = tf.matMul(tf.reshape(read, [-1, up.shape[0] as number]), up);
    return tf.reshape(flat, x.shape);
  });
}

/**
 * How signals start. Both give no signal at the first step (`up` is 0).
 * - 'reference': down ~ N(0, 1e-6²), as the authors; gradients are so small that signals take hundreds of updates to lift off.
 * - 'lively': down ~ N(0, 1/d), so that `up` learns from the first update on.
 */
export type SignalInit = 'reference' | 'lively';

const DOWN_INIT: Record<SignalInit, (dim: number) => Init> = {
  reference: () => normal(1e-6),
  lively: (dim) => normal(dim ** -0.5),
};

/** Specs of one signal for all levels, leaves [l r d]. */
export function lowRankSpec(
  levels: number,
  rank: number,
  dim: number,
  init: SignalInit = 'reference',
): SpecOf<LowRank> {
  const shape: Spec['shape'] = [levels, rank, dim];
  return { down: { shape, init: DOWN_INIT[init](dim) }, up: { shape, init: zeros } };
}
