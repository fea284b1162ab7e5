import type { Added } from '@ringformer/core';
import type * as tf from '@tensorflow/tfjs-core';
import { type LowRank, levelSignal } from './low-rank.ts';

/** What one level (leaves [r d]) or all of them (leaves [l r d]) add to the shared block. */
export type Signals = {
  readonly query: LowRank;
  readonly key: LowRank;
  readonly value: LowRank;
  readonly ffn: LowRank;
};

/** What a level adds to its queries, keys and values. x: [b n d] → three times [b n d] */
export function attentionSignals({ query, key, value }: Omit<Signals, 'ffn'>, x: tf.Tensor): Added {
  return { query: levelSignal(query, x), key: levelSignal(key, x), value: levelSignal(value, x) };
}
