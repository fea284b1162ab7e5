import type { Added } from '@ringformer/core';
import type * as tf from '@tensorflow/tfjs-core';
import { type LowRank, levelSignal, type Signal } from './low-rank.ts';

/** What one level (leaves [r d]) or all of them (leaves [l r d]) add to the shared block. */
export type Signals = {
  readonly query: LowRank;
  readonly key: LowRank;
  readonly value: LowRank;
  readonly ffn: LowRank;
};

/** The same for any ring, also one without some signals or with static ones: see `Ablation`. */
export type AnySignals = { readonly [Name in keyof Signals]?: Signal };

/**
 * What a level adds to its queries, keys and values. x: [b n d] → for each signal that the level has, [b n d], or [d] if it
 * is static
 */
export function attentionSignals(signals: Omit<Signals, 'ffn'>, x: tf.Tensor): Required<Added>;
export function attentionSignals(signals: Omit<AnySignals, 'ffn'>, x: tf.Tensor): Added;
export function attentionSignals({ query, key, value }: Omit<AnySignals, 'ffn'>, x: tf.Tensor): Added {
  return {
    ...(query && { query: levelSignal(query, x) }),
    ...(key && { key: levelSignal(key, x) }),
    ...(value && { value: levelSignal(value, x) }),
  };
}
