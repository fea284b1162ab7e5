import type { Added, Attention, FeedForward, Linear } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import { type AnySignals, attentionSignals } from './attention.ts';
import { type Signal, withSignal } from './low-rank.ts';

/** What a level's attention uses: its projections, and what is still to be added to them. */
export type SignalledAttention = { readonly attn: Attention; readonly added?: Added };

/** A level's feed-forward network, and its input: x, or x with the signal. */
export type SignalledFeedForward = { readonly ffn: FeedForward; readonly input: tf.Tensor };

/**
 * The attention of a level whose signals read what its projections read, x. A signal is linear, so W·x + AᵀB·x is one
 * product with W + AᵀB. Forming that takes r·d² multiply–adds, computing the signals of n tokens 2·n·r·d, so
 * many tokens get merged weights and few get signals. The values are the same but for rounding: where products are bfloat16
 * or float16, W + AᵀB is rounded as W is otherwise, and the sum is as exact as W·x, however weak the signal. x: [… d]
 */
export function signalAttention(attn: Attention, signals: AnySignals | undefined, x: tf.Tensor): SignalledAttention {
  if (!signals) return { attn };
  if (!isLong(x)) return { attn, added: attentionSignals(signals, x) };
  const { query, key, value } = signals;
  return {
    attn: {
      query: merge(attn.query, query),
      key: merge(attn.key, key),
      value: merge(attn.value, value),
      out: attn.out,
    },
  };
}

/**
 * The feed-forward network of a level whose signal is added to its input, x: for many tokens, W₁·(x + AᵀB·x) is one product
 * with W₁ + W₁·AᵀB. x: [… d]
 */
export function signalFeedForward(ffn: FeedForward, signal: Signal | undefined, x: tf.Tensor): SignalledFeedForward {
  if (!signal || 'constant' in signal || !isLong(x)) return { ffn, input: withSignal(signal, x) };
  const { weight } = ffn.fc1;
  const merged = tf.tidy(() => tf.add(weight, tf.matMul(tf.matMul(weight, signal.up, false, true), signal.down)));
  return { ffn: { fc1: { ...ffn.fc1, weight: merged }, fc2: ffn.fc2 }, input: x };
}

/** Whether x, [… d], has at least d tokens. */
const isLong = (x: tf.Tensor): boolean => x.size >= x.shape.at(-1)! ** 2;

/** y = (W + AᵀB)·x + b; a static signal joins the bias. */
function merge(linear: Linear, signal: Signal | undefined): Linear {
  if (!signal) return linear;
  const { weight, bias } = linear;
  if ('constant' in signal) return { weight, bias: bias ? tf.add(bias, signal.constant) : signal.constant };
  const merged = tf.tidy(() => tf.add(weight, tf.matMul(signal.up, signal.down, true, false)));
  return { ...linear, weight: merged };
}
