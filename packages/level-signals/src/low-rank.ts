import { project } from '@ringformer/core';
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
    const flat = tf.matMul(tf.reshape(read, [-1, up.shape[0]]), up);
    return tf.reshape(flat, x.shape);
  });
}

/** x + s(x): the feed-forward input; the residual does not carry the signal. x: [… d] → [… d] */
export function withSignal(signal: LowRank, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.add(x, levelSignal(signal, x)));
}
