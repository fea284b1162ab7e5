import * as tf from '@tensorflow/tfjs-core';
import { leaves, refill, type Tree } from './tree.ts';

/**
 * `loss(params)` and its gradient with respect to every leaf; a parameter that `loss` does not use gets zeros.
 * The caller owns both.
 */
export function valueAndGrads<P extends Tree>(
  loss: (params: P) => tf.Scalar,
  params: P,
): { value: tf.Scalar; grads: P } {
  const xs = leaves(params);
  const { value, grads } = tf.tidy(() => {
    const { value, grads } = tf.engine().gradients(() => loss(params), xs);
    return { value, grads: grads.map((grad, i) => grad ?? tf.zerosLike(xs[i] as tf.Tensor)) };
  });
  return { value: value as tf.Scalar, grads: refill(params, grads) };
}
