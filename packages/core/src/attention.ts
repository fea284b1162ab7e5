import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './kernels.ts';
import { MASKED } from './mask.ts';
import { addBias, type Linear, linear } from './nn.ts';

/** The four projections of multi-head attention, each d×d. */
export type Attention = { readonly query: Linear; readonly key: Linear; readonly value: Linear; readonly out: Linear };
/** What a level adds to the projected queries, keys and values: each [b n d], [d] if it is the same for all tokens, or nothing. */
export type Added = { readonly query?: tf.Tensor; readonly key?: tf.Tensor; readonly value?: tf.Tensor };
/** Projected keys and values [b m d], and the mask over them [b m]. Also the cache of one level. */
export type KeyValue = { readonly key: tf.Tensor; readonly value: tf.Tensor; readonly bias?: tf.Tensor };

/**
 * How queries look at keys: the number of heads, only backwards or everywhere, and a callback that sees the weights [b h n
 * m].
 */
export type Look = { readonly heads: number; readonly causal?: boolean; readonly tap?: (weights: tf.Tensor) => void };

/** x: [b m d] → keys and values [b m d] */
export function keyValue(attn: Attention, x: tf.Tensor, added?: Added, bias?: tf.Tensor): KeyValue {
  return tf.tidy(() => {
    const key = plus(linear(attn.key, x), added?.key);
    const value = plus(linear(attn.value, x), added?.value);
    return bias ? { key, value, bias } : { key, value };
  });
}

/** x: [b n d] attends to keys and values [b m d] → [b n d] */
export function attend(attn: Attention, x: tf.Tensor, kv: KeyValue, look: Look, added?: Added): tf.Tensor {
  return tf.tidy(() => linear(attn.out, scaledDotProduct(plus(linear(attn.query, x), added?.query), kv, look)));
}

/** Concatenates the past and the present along the sequence: [b m d] and [b n d] → [b m+n d]. */
export function extend(past: KeyValue | undefined, now: KeyValue): KeyValue {
  if (!past) return now;
  const joined = { key: tf.concat([past.key, now.key], 1), value: tf.concat([past.value, now.value], 1) };
  return past.bias && now.bias ? { ...joined, bias: tf.concat([past.bias, now.bias], 1) } : joined;
}

/** ids: int32 [b m] → additive mask [b m]: 0 at a token, MASKED at padding. */
export function paddingBias(ids: tf.Tensor, padId: number): tf.Tensor {
  return tf.tidy(() => tf.mul(tf.cast(tf.equal(ids, padId), 'float32'), MASKED));
}

/**
 * softmax(q·kᵀ/√(d/h) + mask)·v in each head; heads are contiguous slices of the last axis (Vaswani et al., 2017, eq. 1).
 * With `causal`, query i of n sees key j of m if j ≤ i + m − n. query: [b n d], key and value: [b m d] → [b n d]
 */
export function scaledDotProduct(query: tf.Tensor, kv: KeyValue, look: Look): tf.Tensor {
  return tf.tidy(() => (hasKernel('RingAttention') ? fused : composed)(query, kv, look));
}

function composed(query: tf.Tensor, { key, value, bias }: KeyValue, { heads, causal, tap }: Look): tf.Tensor {
  const [b, n, dim] = query.shape as [number, number, number];
  const m = key.shape[1]!;
  let scores = tf.mul(tf.matMul(splitHeads(query, heads), splitHeads(key, heads), false, true), (dim / heads) ** -0.5);
  if (bias) scores = tf.add(scores, tf.reshape(bias, [b, 1, 1, m]));
  if (causal && n > 1) scores = tf.add(scores, causalBias(n, m));
  const weights = tf.softmax(scores);
  tap?.(weights);
  return mergeHeads(tf.matMul(weights, splitHeads(value, heads)));
}

function fused(query: tf.Tensor, { key, value, bias }: KeyValue, { heads, causal = false, tap }: Look): tf.Tensor {
  return tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as tf.GradSaveFunc;
    const [query, key, value] = args as tf.Tensor[] as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [out, weights] = runKernel('RingAttention', { query, key, value, bias }, { heads, causal }) as [
      tf.Tensor,
      tf.Tensor,
    ];
    tap?.(weights);
    save([query, key, value, weights]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [query, key, value, weights] = saved;
      return runKernel('RingAttentionGrad', { dy, query, key, value, weights }, { heads });
    };
    return { value: out, gradFunc };
  })(query, key, value);
}

/** → [1 1 n m]: 0 if query i may see key j; for keys ahead, a mask stronger than the one for padding. */
function causalBias(n: number, m: number): tf.Tensor {
  const values = Float32Array.from({ length: n * m }, (_, at) =>
    at % m > Math.floor(at / m) + m - n ? 2 * MASKED : 0,
  );
  return tf.tensor(values, [1, 1, n, m]);
}

/** b n (h e) → b h n e */
function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [b, n, dim] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [b, n, heads, dim / heads]), [0, 2, 1, 3]);
}

/** b h n e → b n (h e) */
function mergeHeads(x: tf.Tensor): tf.Tensor {
  const [b, h, n, e] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [b, n, h * e]);
}

function plus(x: tf.Tensor, y?: tf.Tensor): tf.Tensor {
  if (!y) return x;
  return y.rank === 1 ? addBias(x, y) : tf.add(x, y);
}
