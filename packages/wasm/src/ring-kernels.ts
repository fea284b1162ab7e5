import { product, RingformerError } from '@ringformer/core/base';
import type { FusedKernels } from '@ringformer/core/kernels';
import type * as tf from '@tensorflow/tfjs-core';
import { alias, type Heap } from './heap.ts';
import { addKernel } from './register.ts';

type Inputs = Record<string, tf.TensorInfo>;
type Optional = Record<string, tf.TensorInfo | undefined>;

/** The fused kernels of @ringformer/core on our module. Shapes are trusted, because core's functions have checked them. */
export function registerFused(heap: Heap): void {
  const { kernels, at, make } = heap;
  const like = (x: tf.TensorInfo) => make(x.shape);
  const place = (x: tf.TensorInfo | undefined) => (x ? at(x) : 0);

  add('RingLayerNorm', (inputs, { epsilon, rate, seed }) => {
    const { x, weight, bias } = inputs as Inputs & Record<'x' | 'weight' | 'bias', tf.TensorInfo>;
    const { residual } = inputs as Optional;
    const d = size(weight);
    const rows = size(x) / d;
    const y = like(x);
    const stats = make([rows, 2]);
    const from = [at(x), place(residual), at(weight), at(bias)] as const;
    kernels.layerNorm(...from, at(y), at(stats), rows, d, epsilon, ...drop(rate, seed));
    return [y, stats];
  });

  add('RingLayerNormGrad', (inputs, { rate, seed }) => {
    const { dy, x, weight, stats } = inputs as Inputs & Record<'dy' | 'x' | 'weight' | 'stats', tf.TensorInfo>;
    const { residual } = inputs as Optional;
    const d = size(weight);
    const rows = size(x) / d;
    const dx = like(x);
    // without dropout both gradients are the same numbers
    const dResidual = residual && (rate === 0 ? alias(heap, dx) : like(x));
    const dWeight = like(weight);
    const dBias = like(weight);
    const from = [at(dy), at(x), place(residual), at(weight), at(stats)] as const;
    const to = [at(dx), place(dResidual), at(dWeight), at(dBias)] as const;
    kernels.layerNormGrad(...from, ...to, rows, d, ...drop(rate, seed));
    return dResidual ? [dx, dResidual, dWeight, dBias] : [dx, dWeight, dBias];
  });

  add('RingGelu', (inputs, { rate, seed }) => {
    const { x } = inputs as Record<'x', tf.TensorInfo>;
    const y = like(x);
    kernels.gelu(at(x), at(y), size(x), ...drop(rate, seed), heap.scratch(64));
    return y;
  });

  add('RingGeluGrad', (inputs, { rate, seed }) => {
    const { dy, x } = inputs as Record<'dy' | 'x', tf.TensorInfo>;
    const dx = like(x);
    kernels.geluGrad(at(dy), at(x), at(dx), size(x), ...drop(rate, seed), heap.scratch(64));
    return dx;
  });

  add('RingDropout', (inputs, { rate, seed }) => {
    const { x } = inputs as Record<'x', tf.TensorInfo>;
    const y = like(x);
    const [base, threshold, scale] = drop(rate, seed);
    kernels.dropout(at(x), at(y), size(x), base, threshold, scale || 1);
    return y;
  });

  add('RingAttention', (inputs, { heads, causal }) => {
    const { query, key, value } = inputs as Inputs & Record<'query' | 'key' | 'value', tf.TensorInfo>;
    const { bias } = inputs as Optional;
    const [b, n, m, width] = attentionSizes(query, key, heads);
    const out = like(query);
    const weights = make([b, heads, n, m]);
    const from = [at(query), at(key), at(value), place(bias)] as const;
    kernels.attention(...from, at(out), at(weights), b, n, m, heads, width, causal, width ** -0.5);
    return [out, weights];
  });

  add('RingAttentionGrad', (inputs, { heads }) => {
    const { dy, query, key, value, weights } = inputs as Record<
      'dy' | 'query' | 'key' | 'value' | 'weights',
      tf.TensorInfo
    >;
    const [b, n, m, width] = attentionSizes(query, key, heads);
    const grads = [like(query), like(key), like(value)] as const;
    const scratch = heap.scratch(n * m * 4);
    const from = [at(dy), at(query), at(key), at(value), at(weights)] as const;
    const to = [at(grads[0]), at(grads[1]), at(grads[2])] as const;
    kernels.attentionGrad(...from, ...to, b, n, m, heads, width, width ** -0.5, scratch);
    return [...grads];
  });

  add('RingCrossEntropy', (inputs, { smoothing, ignore }) => {
    const { logits, labels } = inputs as Record<'logits' | 'labels', tf.TensorInfo>;
    integers('RingCrossEntropy', labels);
    const [rows, v] = logits.shape as [number, number];
    const losses = make([rows]);
    const logSumExp = make([rows]);
    kernels.crossEntropy(at(logits), at(labels), at(losses), at(logSumExp), rows, v, smoothing, ignore);
    return [losses, logSumExp];
  });

  add('RingCrossEntropyGrad', (inputs, { smoothing, ignore }) => {
    const { dy, logits, labels, logSumExp } = inputs as Record<'dy' | 'logits' | 'labels' | 'logSumExp', tf.TensorInfo>;
    integers('RingCrossEntropyGrad', labels);
    const [rows, v] = logits.shape as [number, number];
    const out = like(logits);
    const from = [at(dy), at(logits), at(labels), at(logSumExp)] as const;
    kernels.crossEntropyGrad(...from, at(out), rows, v, smoothing, ignore);
    return out;
  });

  add('RingAdam', (inputs, options) => {
    const { param, grad, m, v } = inputs as Record<'param' | 'grad' | 'm' | 'v', tf.TensorInfo>;
    const { lr, beta1, beta2, epsilon, weightDecay, l2, gradScale, correction1, correction2 } = options;
    const made = [like(param), like(param), like(param)] as const;
    const from = [at(param), at(grad), at(m), at(v)] as const;
    const to = [at(made[0]), at(made[1]), at(made[2])] as const;
    const betas = [beta1, 1 - beta1, beta2, 1 - beta2] as const;
    const rest = [epsilon, lr * weightDecay, l2, gradScale, correction1, correction2] as const;
    kernels.adam(...from, ...to, size(param), lr, ...betas, ...rest);
    return [...made];
  });
}

/** `addKernel` for a kernel of core's list, with its attributes' type. */
function add<Name extends keyof FusedKernels>(
  name: Name,
  kernel: (inputs: Record<string, tf.TensorInfo>, attrs: FusedKernels[Name]) => tf.TensorInfo | tf.TensorInfo[],
): void {
  addKernel<FusedKernels[Name], Inputs>(name, ({ inputs, attrs }) => kernel(inputs, attrs));
}

const size = ({ shape }: tf.TensorInfo) => product(shape);

/** Dropout as the kernels take it: seed, 24-bit threshold, scale of what is kept; scale 0 if nothing is dropped. */
function drop(rate: number, seed: number): [seed: number, threshold: number, scale: number] {
  return rate === 0 ? [0, 0, 0] : [seed, Math.floor(rate * 2 ** 24), 1 / (1 - rate)];
}

function attentionSizes(query: tf.TensorInfo, key: tf.TensorInfo, heads: number): [number, number, number, number] {
  const [b, n, d] = query.shape as [number, number, number];
  return [b, n, key.shape[1]!, d / heads];
}

function integers(kernel: string, { dtype }: tf.TensorInfo): void {
  if (dtype !== 'int32') {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/wasm] ${kernel}: expected int32 labels, got ${dtype}. Use tf.cast.`,
    );
  }
}
