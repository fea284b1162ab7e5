// What backends provide and model code runs: `@ringformer/core/kernels`.
import * as tf from '@tensorflow/tfjs-core';

/**
 * Fused kernels that a backend may register with `tf.registerKernel` under these names. Model code calls the functions of
 * `nn.ts` and `attention.ts`; they use the fused kernel if the running backend has it, and otherwise the same arithmetic in
 * TensorFlow.js operations.
 *
 * All tensors are float32 unless stated otherwise. `rows` is the product of all axes except the last. An absent optional
 * input is left out of `inputs`.
 */
export type FusedKernels = {
  /**
   * y = LN(x + dropout(residual)) · weight + bias over the last axis, biased variance.
   * inputs x […, d], residual? […, d], weight [d], bias [d]; attrs epsilon, rate, seed
   * → [y […, d], stats [rows, 2]] with stats[i] = [mean, 1/√(variance + epsilon)] of the normalised sum.
   */
  RingLayerNorm: { epsilon: number; rate: number; seed: number };
  /**
   * inputs dy […, d], x, residual?, weight, stats; attrs rate, seed
   * → [dx […, d], dResidual […, d] (only with residual), dWeight [d], dBias [d]].
   */
  RingLayerNormGrad: { rate: number; seed: number };
  /** dropout(gelu(x)), gelu(x) = x·Φ(x) with the exact error function. inputs x; attrs rate, seed → y like x. */
  RingGelu: { rate: number; seed: number };
  /** inputs dy, x; attrs rate, seed → dx. */
  RingGeluGrad: { rate: number; seed: number };
  /** inputs x; attrs rate, seed → x · mask / (1 − rate). Its gradient is itself, applied to dy. */
  RingDropout: { rate: number; seed: number };
  /**
   * Scaled dot-product attention over heads, which are contiguous slices of the last axis.
   * inputs query [b n d], key [b m d], value [b m d], bias? [b m] (added to the scores of key j: 0 or MASKED);
   * attrs heads, causal (query i sees key j only if j ≤ i + m − n)
   * → [out [b n d], weights [b h n m]] (weights after softmax). Scale 1/√(d/h).
   */
  RingAttention: { heads: number; causal: boolean };
  /** inputs dy [b n d], query, key, value, weights [b h n m]; attrs heads → [dQuery, dKey, dValue]. */
  RingAttentionGrad: { heads: number };
  /**
   * Cross-entropy of each row with label smoothing ε: (1−ε)·(−log p[label]) + ε·mean_v(−log p[v]); 0 if label = ignore.
   * inputs logits [n v], labels int32 [n]; attrs smoothing, ignore → [losses [n], logSumExp [n]].
   */
  RingCrossEntropy: { smoothing: number; ignore: number };
  /** inputs dy [n], logits [n v], labels, logSumExp [n]; attrs smoothing, ignore → dLogits [n v] (ignored rows are 0). */
  RingCrossEntropyGrad: { smoothing: number; ignore: number };
  /**
   * One Adam update of one parameter, all inputs of the same shape: param, grad, m, v; attrs as named.
   * g = grad·gradScale + l2·param; m' = β1·m + (1−β1)·g; v' = β2·v + (1−β2)·g²;
   * param' = param − lr·weightDecay·param − lr · (m'/correction1) / (√(v'/correction2) + epsilon)
   * → [param', m', v'], new tensors.
   */
  RingAdam: {
    lr: number;
    beta1: number;
    beta2: number;
    epsilon: number;
    weightDecay: number;
    l2: number;
    gradScale: number;
    correction1: number;
    correction2: number;
  };
};

/** True if the running backend has the fused kernel `name`. */
export function hasKernel(name: keyof FusedKernels): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Runs a fused kernel and returns its outputs. Gradients are up to the caller: wrap it in `tf.customGrad`. */
export function runKernel<Name extends keyof FusedKernels>(
  name: Name,
  inputs: Record<string, tf.Tensor | undefined>,
  attrs: FusedKernels[Name],
): tf.Tensor[] {
  const present = Object.fromEntries(Object.entries(inputs).filter(([, x]) => x !== undefined)) as tf.NamedTensorMap;
  const outputs = tf.engine().runKernel(name, present, attrs as unknown as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}
