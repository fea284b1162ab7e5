import { attend, type KeyValue, keyValue, layerNorm, paddingBias, RingformerError, ring } from '@ringformer/core';
import { signalAttention } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import type { Seq2seq } from './architecture.ts';
import { embed, feedForwardSublayer } from './block.ts';
import type { Seq2seqConfig } from './config.ts';
import type { AnyParams } from './params.ts';
import { crossParts, encoderParts } from './parts.ts';
import { dropoutSites, type Pass } from './pass.ts';
import { architectureOf } from './ring-former.ts';

/**
 * The encoder's output as cross-attention reads it: one KeyValue [b m d] for each cross-attention, and the source's
 * padding mask [b m]. The ring's cross-attention is shared and has no signal, so one KeyValue serves every level.
 */
export type Memory = { readonly levels: KeyValue[]; readonly bias: tf.Tensor };

/**
 * Reads the source once. source: int32 [b m] → Memory, which the caller owns.
 * @throws RingformerError 'bad-shape' if a sequence is empty or longer than the model's maxLength.
 */
export function encode(model: Seq2seq<AnyParams>, source: tf.Tensor2D, pass: Pass = {}): Memory {
  const { config, params } = model;
  const architecture = architectureOf(model);
  checkIds('source', source, config);
  return tf.tidy(() => {
    const { heads, normEpsilon: epsilon } = config;
    const drop = dropoutSites(config.dropout, pass, 0);
    const bias = paddingBias(source, config.padId);
    const span = { start: 0, length: source.shape[1] };
    const table = { tokens: params.decoder.tokens, ...params.encoder };
    const embedded = embed(config, architecture, table, source, span, drop());
    pass.tap?.('encoder.embed', embedded);
    const encoded = ring(
      encoderParts({ architecture, config, params }, span),
      embedded,
      (x, level, i) => {
        const { attnNorm, signals, table } = level;
        const tap = (name: string) => pass.tap && ((seen: tf.Tensor) => pass.tap?.(`encoder.${i}.${name}`, seen));
        if (table) x = tf.add(x, table);
        tap('input')?.(x);
        const { attn, added } = signalAttention(level.attn, signals, x);
        const attended = attend(attn, x, keyValue(attn, x, added, bias), { heads, tap: tap('attn') }, added);
        x = layerNorm(attnNorm, x, { epsilon, residual: attended, drop: drop() });
        tap('afterAttn')?.(x);
        x = feedForwardSublayer(level, x, epsilon, drop);
        tap('hidden')?.(x);
        return x;
      },
      pass.levels,
    );
    const crosses = crossParts({ architecture, config, params });
    return { levels: crosses.map((cross) => keyValue(cross, encoded)), bias };
  });
}

/** @throws RingformerError 'bad-shape' unless `ids` is [b n] with 1 ≤ n ≤ maxLength. */
export function checkIds(what: string, ids: tf.Tensor, { maxLength }: Seq2seqConfig, start = 0): void {
  const [, n = 0] = ids.shape;
  if (ids.shape.length === 2 && n > 0 && start + n <= maxLength) return;
  throw new RingformerError(
    'bad-shape',
    `[ringformer/seq2seq] ${what} is [${ids.shape}]${start > 0 ? ` after ${start} tokens` : ''}; expected [batch, length] with 1 to ${maxLength} tokens. Split longer text.`,
  );
}
