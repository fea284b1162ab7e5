import {
  attend,
  feedForward,
  type KeyValue,
  keyValue,
  layerNorm,
  paddingBias,
  RingformerError,
  ring,
} from '@ringformer/core';
import { attentionSignals, withSignal } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import { embed } from './block.ts';
import type { Seq2seqConfig } from './config.ts';
import type { Seq2seq } from './params.ts';
import { dropoutSites, type Pass } from './pass.ts';

/**
 * The encoder's output as cross-attention reads it: key, value [b m d] and bias [b m]. Cross-attention is shared and
 * has no signal, so one memory serves every level.
 */
export type Memory = Required<KeyValue>;

/**
 * Reads the source once. source: int32 [b m] → Memory, which the caller owns.
 * @throws RingformerError 'bad-shape' where a sequence is empty or longer than the model's maxLength.
 */
export function encode({ config, params }: Seq2seq, source: tf.Tensor2D, pass: Pass = {}): Memory {
  checkIds('source', source, config);
  return tf.tidy(() => {
    const { shared, levels, tokens = params.decoder.tokens, positions } = params.encoder;
    const { heads, normEpsilon: epsilon } = config;
    const drop = dropoutSites(config.dropout, pass, 0);
    const bias = paddingBias(source, config.padId);
    const embedded = embed(config, tokens, positions, source, 0, drop());
    pass.tap?.('encoder.embed', embedded);
    const encoded = ring(
      levels,
      embedded,
      (x, { attnNorm, ffnNorm, signals }, i) => {
        const tap = pass.tap && ((weights: tf.Tensor) => pass.tap?.(`encoder.${i}.attn`, weights));
        const added = attentionSignals(signals, x);
        const attended = attend(shared.attn, x, keyValue(shared.attn, x, added, bias), { heads, tap }, added);
        x = layerNorm(attnNorm, x, { epsilon, residual: attended, drop: drop() });
        x = layerNorm(ffnNorm, x, {
          epsilon,
          residual: feedForward(shared.ffn, withSignal(signals.ffn, x), drop()),
          drop: drop(),
        });
        pass.tap?.(`encoder.${i}.hidden`, x);
        return x;
      },
      pass.levels,
    );
    return keyValue(params.decoder.shared.cross, encoded, undefined, bias) as Memory;
  });
}

/** @throws RingformerError 'bad-shape' where `ids` is not [b n] with 1 ≤ n ≤ maxLength. */
export function checkIds(what: string, ids: tf.Tensor, { maxLength }: Seq2seqConfig, start = 0): void {
  const [, n = 0] = ids.shape;
  if (ids.shape.length === 2 && n > 0 && start + n <= maxLength) return;
  throw new RingformerError(
    'bad-shape',
    `[ringformer/seq2seq] ${what} is [${ids.shape}]${start > 0 ? ` after ${start} tokens` : ''}: [batch, length] with 1 to ${maxLength} tokens is wanted. Split longer text.`,
  );
}
