import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './kernels.ts';
import { dropoutMask } from './random.ts';

/** y = x·Wᵀ + b with weight [out in], PyTorch's order, and bias [out]. */
export type Linear = { readonly weight: tf.Tensor; readonly bias?: tf.Tensor };
/** Layer norm's gain and bias, each [d]. */
export type Norm = { readonly weight: tf.Tensor; readonly bias: tf.Tensor };
/** The position-wise feed-forward network: fc1 [f d], fc2 [d f]. */
export type FeedForward = { readonly fc1: Linear; readonly fc2: Linear };
/** Which elements are dropped: a share `rate` of them, chosen by `seed`. */
export type Dropout = { readonly rate: number; readonly seed: number };

const KEEP_ALL: Dropout = { rate: 0, seed: 0 };

/** x: [… in] → [… out] */
export function linear({ weight, bias }: Linear, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const y = project(weight, x);
    return bias ? addBias(y, bias) : y;
  });
}

/**
 * `linear` without a bias. Flattens to 2-D first, because TF.js has no gradient for a broadcast `matMul`. x: [… in] → […
 * out]
 */
export function project(weight: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [out, inner] = weight.shape as [number, number];
    const flat = tf.matMul(tf.reshape(x, [-1, inner]), weight, false, true);
    return tf.reshape(flat, [...x.shape.slice(0, -1), out]);
  });
}

/** x: [… d] + bias: [d]. The bias's gradient is a matrix product, much faster than a sum over the outer axes. → [… d] */
export function addBias(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const [a, b] = inputs as unknown as [tf.Tensor, tf.Tensor];
    const dim = b.size;
    const gradFunc = (dy: tf.Tensor) => {
      const rows = tf.reshape(dy, [-1, dim]);
      return [dy, tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]]), rows), [dim])];
    };
    return { value: tf.add(a, b), gradFunc };
  })(x, bias);
}

/**
 * LN(x + dropout(residual)) over the last axis, biased variance (Ba et al., 2016).
 * x, residual: [… d] → [… d]
 */
export function layerNorm(
  { weight, bias }: Norm,
  x: tf.Tensor,
  { epsilon = 1e-5, residual, drop = KEEP_ALL }: { epsilon?: number; residual?: tf.Tensor; drop?: Dropout } = {},
): tf.Tensor {
  if (hasKernel('RingLayerNorm')) return fusedLayerNorm(weight, bias, x, residual, epsilon, drop);
  return tf.tidy(() => {
    const sum = residual ? tf.add(x, dropout(residual, drop)) : x;
    const { mean, variance } = tf.moments(sum, -1, true);
    const unit = tf.div(tf.sub(sum, mean), tf.sqrt(tf.add(variance, epsilon)));
    return tf.add(tf.mul(unit, weight), bias);
  });
}

function fusedLayerNorm(
  weight: tf.Tensor,
  bias: tf.Tensor,
  x: tf.Tensor,
  residual: tf.Tensor | undefined,
  epsilon: number,
  { rate, seed }: Dropout,
): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as tf.GradSaveFunc;
    const [x, weight, bias, residual] = args.slice(0, -1) as tf.Tensor[];
    const [y, stats] = runKernel('RingLayerNorm', { x, residual, weight, bias }, { epsilon, rate, seed }) as [
      tf.Tensor,
      tf.Tensor,
    ];
    save(
      residual ? [x as tf.Tensor, weight as tf.Tensor, stats, residual] : [x as tf.Tensor, weight as tf.Tensor, stats],
    );
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, weight, stats, residual] = saved;
      const grads = runKernel('RingLayerNormGrad', { dy, x, residual, weight, stats }, { rate, seed });
      if (!residual) return grads;
      const [dx, dResidual, dWeight, dBias] = grads as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      return [dx, dWeight, dBias, dResidual];
    };
    return { value: y, gradFunc };
  });
  return residual ? op(x, weight, bias, residual) : op(x, weight, bias);
}

/** dropout(x·Φ(x)): the exact GELU (Hendrycks and Gimpel, 2016), not the tanh approximation. x: […] → […] */
export function gelu(x: tf.Tensor, drop: Dropout = KEEP_ALL): tf.Tensor {
  if (!hasKernel('RingGelu')) return tf.tidy(() => dropout(composedGelu(x), drop));
  return tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([x]);
    const gradFunc = (dy: tf.Tensor, [x]: tf.Tensor[]) => runKernel('RingGeluGrad', { dy, x }, drop)[0] as tf.Tensor;
    return { value: runKernel('RingGelu', { x }, drop)[0] as tf.Tensor, gradFunc };
  })(x);
}

/** fc2(dropout(GELU(fc1(x)))). x: [… d] → [… d] */
export function feedForward({ fc1, fc2 }: FeedForward, x: tf.Tensor, drop: Dropout = KEEP_ALL): tf.Tensor {
  return linear(fc2, gelu(linear(fc1, x), drop));
}

function composedGelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2)))));
}

/** Inverted dropout: kept elements are multiplied by 1/(1 − rate). At rate 0, `x` itself. x: […] → […] */
export function dropout(x: tf.Tensor, drop: Dropout = KEEP_ALL): tf.Tensor {
  if (drop.rate === 0) return x;
  if (!hasKernel('RingDropout')) {
    return tf.tidy(() => tf.mul(x, tf.tensor(dropoutMask(x.size, drop.rate, drop.seed), x.shape)));
  }
  const apply = (x: tf.Tensor) => runKernel('RingDropout', { x }, drop)[0] as tf.Tensor;
  return tf.customGrad((...args) => ({ value: apply(args[0] as tf.Tensor), gradFunc: apply }))(x);
}

/** x: [… v] → log-probabilities [… v] */
export function logSoftmax(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const shifted = tf.sub(x, tf.max(x, -1, true));
    return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
  });
}
