import { addBias, project } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';

/** A level signal's two thin matrices, each [r d]: `down` reads the token (B in the paper), `up` writes the signal (A). */
export type LowRank = { readonly down: tf.Tensor; readonly up: tf.Tensor };

/** What a static signal adds, [d]: the same vector to every token, whatever the level reads. An ablation; see `Ablation`. */
export type StaticSignal = { readonly constant: tf.Tensor };

/** A level signal of the ring, or what an ablation has in its place. */
export type Signal = LowRank | StaticSignal;

/**
 * s(x) = (x·Bᵀ)·A: what a level adds, a low-rank function of its input (Heo et al., 2025). Never forms the d×d matrix AᵀB.
 * x: [… d] → [… d], or [d] for a static signal
 */
export function levelSignal(signal: Signal, x: tf.Tensor): tf.Tensor {
  if ('constant' in signal) return signal.constant;
  const { down, up } = signal;
  return tf.tidy(() => {
    const read = project(down, x);
    const flat = tf.matMul(tf.reshape(read, [-1, up.shape[0]]), up);
    return tf.reshape(flat, x.shape);
  });
}

/** x + s(x): the feed-forward input; the residual does not carry the signal. Without a signal, x itself. x: [… d] → [… d] */
export function withSignal(signal: Signal | undefined, x: tf.Tensor): tf.Tensor {
  if (!signal) return x;
  return tf.tidy(() => ('constant' in signal ? addBias(x, signal.constant) : tf.add(x, levelSignal(signal, x))));
}
