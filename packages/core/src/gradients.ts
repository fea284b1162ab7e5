import * as tf from '@tensorflow/tfjs-core';
import { RingformerError } from './errors.ts';
import { leaves, refill, type Tree } from './tree.ts';

/**
 * `loss(params)`, a scalar, and its gradient with respect to every leaf; a parameter that `loss` does not use gets zeros.
 * The caller owns both.
 * @throws RingformerError 'bad-shape' if `loss` returns more than one number.
 */
export function valueAndGrads<P extends Tree>(
  loss: (params: P) => tf.Tensor,
  params: P,
): { value: tf.Scalar; grads: P } {
  const xs = leaves(params);
  const { value, grads } = tf.tidy(() => {
    const { value, grads } = tf.engine().gradients(() => loss(params), xs);
    return { value: scalar(value), grads: grads.map((grad, i) => grad ?? tf.zerosLike(xs[i] as tf.Tensor)) };
  });
  return { value: value as tf.Scalar, grads: refill(params, grads) };
}

/** Checked only afterwards: an error thrown on the tape would leak the tensors it has saved. */
function scalar(value: tf.Tensor): tf.Tensor {
  if (value.rank === 0) return value;
  throw new RingformerError(
    'bad-shape',
    `[ringformer/core] The loss has shape [${value.shape}]; expected a scalar. Reduce it with tf.mean or tf.sum.`,
  );
}
