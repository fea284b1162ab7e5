import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './kernels.ts';
import { logSoftmax } from './nn.ts';

/**
 * `smoothing`: the share of the target mass that is spread evenly over the vocabulary. `padId`: the label that does not
 * count.
 */
export type LossOptions = { readonly smoothing?: number; readonly padId: number };

/**
 * Cross-entropy of each position, in nats, with label smoothing (Szegedy et al., 2016); 0 at padding.
 * logits: [… v], labels: int32 […] → [rows]
 */
export function tokenLosses(logits: tf.Tensor, labels: tf.Tensor, { smoothing = 0, padId }: LossOptions): tf.Tensor1D {
  const vocabulary = logits.shape.at(-1) as number;
  return tf.tidy(() => {
    const flat = tf.reshape(logits, [-1, vocabulary]);
    const ids = tf.reshape(labels, [-1]);
    return (hasKernel('RingCrossEntropy') ? fused : composed)(flat, ids, smoothing, padId);
  });
}

function composed(logits: tf.Tensor, labels: tf.Tensor, smoothing: number, ignore: number): tf.Tensor1D {
  const vocabulary = logits.shape[1]!;
  const hot = tf.oneHot(tf.cast(labels, 'int32'), vocabulary);
  const target = tf.add(tf.mul(hot, 1 - smoothing), smoothing / vocabulary);
  const losses = tf.neg(tf.sum(tf.mul(logSoftmax(logits), target), -1));
  return tf.mul(losses, tf.cast(tf.notEqual(labels, ignore), 'float32')) as tf.Tensor1D;
}

/** Mean of `tokenLosses` over the positions that are not padding. logits: [… v], labels: int32 […] → scalar */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor, options: LossOptions): tf.Scalar {
  return tf.tidy(() => {
    const counted = tf.sum(tf.cast(tf.notEqual(labels, options.padId), 'float32'));
    return tf.div(tf.sum(tokenLosses(logits, labels, options)), counted) as tf.Scalar;
  });
}

function fused(logits: tf.Tensor, labels: tf.Tensor, smoothing: number, ignore: number): tf.Tensor1D {
  const attrs = { smoothing, ignore };
  return tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    const [losses, logSumExp] = runKernel('RingCrossEntropy', { logits, labels }, attrs) as [tf.Tensor, tf.Tensor];
    save([logits, labels, logSumExp]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [logits, labels, logSumExp] = saved;
      return runKernel('RingCrossEntropyGrad', { dy, logits, labels, logSumExp }, attrs)[0] as tf.Tensor;
    };
    return { value: losses, gradFunc };
  })(logits) as tf.Tensor1D;
}
