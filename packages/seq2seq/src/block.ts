import { type Dropout, dropout, sinusoidalPositions } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Seq2seqConfig } from './config.ts';

/** dropout(embedding + position), positions counted from `start`. ids: int32 [b n] → [b n d] */
export function embed(
  config: Seq2seqConfig,
  tokens: tf.Tensor,
  positions: tf.Tensor | undefined,
  ids: tf.Tensor2D,
  start: number,
  drop: Dropout,
): tf.Tensor {
  const n = ids.shape[1];
  const rows = positions
    ? tf.reshape(tf.slice(positions, [start, 0], [n, config.dim]), [1, n, config.dim])
    : tf.tensor(sinusoidalPositions(n, config.dim, start), [1, n, config.dim]);
  const looked = tf.gather(tokens, ids);
  return dropout(tf.add(config.scaleEmbedding ? tf.mul(looked, Math.sqrt(config.dim)) : looked, rows), drop);
}
