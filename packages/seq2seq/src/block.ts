import { type Dropout, dropout, feedForward, layerNorm, sinusoidalPositions } from '@ringformer/core';
import { signalFeedForward } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from './architecture.ts';
import type { Seq2seqConfig } from './config.ts';
import type { TargetEmbeddings } from './params.ts';
import type { EncoderParts, Span } from './parts.ts';

/** dropout(embedding + position), if the architecture adds positions here. ids: int32 [b n] → [b n d] */
export function embed(
  config: Seq2seqConfig,
  architecture: Architecture,
  { tokens, positions }: TargetEmbeddings,
  ids: tf.Tensor2D,
  span: Span,
  drop: Dropout,
): tf.Tensor {
  const looked = tf.gather(tokens, ids);
  const scaled = config.scaleEmbedding ? tf.mul(looked, Math.sqrt(config.dim)) : looked;
  return dropout(
    architecture.positions === 'embedding' ? tf.add(scaled, positionRows(config.dim, positions, span)) : scaled,
    drop,
  );
}

/** → [1 n d] */
function positionRows(dim: number, learned: tf.Tensor | undefined, { start, length }: Span): tf.Tensor {
  return learned
    ? tf.reshape(tf.slice(learned, [start, 0], [length, dim]), [1, length, dim])
    : tf.tensor(sinusoidalPositions(length, dim, start), [1, length, dim]);
}

/** LN(x + dropout(FFN(x + signal))) if the level has a feed-forward network; otherwise x. x: [b n d] → [b n d] */
export function feedForwardSublayer(
  { ffn, ffnNorm, signals }: Pick<EncoderParts, 'ffn' | 'ffnNorm' | 'signals'>,
  x: tf.Tensor,
  epsilon: number,
  drop: () => Dropout,
): tf.Tensor {
  if (!ffn || !ffnNorm) return x;
  const own = signalFeedForward(ffn, signals?.ffn, x);
  const residual = feedForward(own.ffn, own.input, drop());
  return layerNorm(ffnNorm, x, { epsilon, residual, drop: drop() });
}
