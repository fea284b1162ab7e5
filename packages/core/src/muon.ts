import * as tf from '@tensorflow/tfjs-core';
import {
  type AdamState,
  type Attrs,
  adam,
  adamAttrs,
  type Inputs,
  type UpdateOptions,
  updateEach,
} from './optimizer.ts';
import type { Tree } from './tree.ts';

const MOMENTUM = 0.95;
const ITERATIONS = 5;
/** p(s) = a·s + b·s³ + c·s⁵, five times, takes every s from about 0.01 to 1 to between 0.68 and 1.14 (Jordan et al., 2024). */
const [A, B, C] = [3.4445, -4.775, 2.0315];
/** How large an element of Adam's updates is on average: with it, both have the same learning rates and weight decay. */
const SIZE = 0.2;

/** The weight matrices of `Attention` and `FeedForward`, by the end of their names. */
const MATRICES = /(?:^|\.)(?:query|key|value|out|fc1|fc2)\.weight$/;

/**
 * One update of every parameter: the weight matrices of attention and feed-forward networks by Muon (Jordan et al.,
 * 2024, kellerjordan.github.io/posts/muon: momentum whose singular values are all brought near 1), with the learning rates
 * and the weight decay of Adam (Liu et al., 2025, arXiv 2502.16982), and all others by Adam. The state is Adam's: `m` is
 * the momentum, and `v` of the matrices stays as it is. Returns new trees, which the caller owns; disposes nothing.
 */
export function muonUpdate<P extends Tree>(
  params: P,
  grads: P,
  state: AdamState<P>,
  options: UpdateOptions,
): { params: P; state: AdamState<P> } {
  const attrs = adamAttrs(options, state.step + 1);
  return updateEach(params, grads, state, (inputs, name) =>
    MATRICES.test(name) ? muon(inputs, attrs) : adam(inputs, attrs),
  );
}

function muon({ param, grad, m, v }: Inputs, { lr, weightDecay, l2, gradScale }: Attrs): tf.Tensor[] {
  const size = SIZE * Math.sqrt(Math.max(...param.shape.slice(-2)));
  return tf.tidy(() => {
    const g = tf.add(tf.mul(grad, gradScale), tf.mul(param, l2));
    const mean = (a: tf.Tensor) => tf.add(tf.mul(a, MOMENTUM), tf.mul(g, 1 - MOMENTUM));
    const next = mean(m);
    const change = tf.mul(orthogonalized(mean(next)), lr * size); // Nesterov's momentum looks one step ahead
    return [tf.sub(tf.mul(param, 1 - lr * weightDecay), change), next, v.clone()];
  });
}

/**
 * U·Vᵀ of x = U·S·Vᵀ, about: singular values between 0.68 and 1.14 unless they are below a hundredth of the 2-norm, by
 * Newton–Schulz iterations. x: [… n m] → [… n m]
 */
export function orthogonalized(x: tf.Tensor): tf.Tensor {
  const [n, m] = x.shape.slice(-2) as [number, number];
  const isWide = n <= m;
  return tf.tidy(() => {
    const norm = tf.sqrt(tf.sum(tf.square(x), [-2, -1], true));
    let y = tf.div(x, tf.add(norm, 1e-7)) as tf.Tensor;
    for (let i = 0; i < ITERATIONS; i++) {
      const square = tf.matMul(y, y, !isWide, isWide);
      const factor = tf.add(tf.mul(square, B), tf.mul(tf.matMul(square, square), C));
      y = tf.add(tf.mul(y, A), isWide ? tf.matMul(factor, y) : tf.matMul(y, factor));
    }
    return y;
  });
}
