import {
  type Attention,
  attend,
  extend,
  type KeyValue,
  keyValue,
  type Look,
  layerNorm,
  linear,
  paddingBias,
  ring,
  type Slices,
} from '@ringformer/core';
import { signalAttention } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import type { Seq2seq } from './architecture.ts';
import { embed, feedForwardSublayer } from './block.ts';
import { checkIds, type Memory } from './encoder.ts';
import type { AnyParams } from './params.ts';
import { decoderParts } from './parts.ts';
import { dropoutSites, type Pass } from './pass.ts';
import { architectureOf } from './ring-former.ts';

/** What earlier calls have read: one KeyValue [b n d] for each level, and the target's padding mask [b n]. */
export type Past = { readonly levels: KeyValue[]; readonly bias: tf.Tensor };

/**
 * target: int32 [b n] → logits [b n v] and the past for the next call; the caller owns both.
 * With the `past` that a previous call returned, `target` contains only the new tokens. The memory may have fewer rows than
 * the target: each then serves b / rows consecutive target rows (the beams of one sentence).
 */
export function decode(
  model: Seq2seq<AnyParams>,
  memory: Memory,
  target: tf.Tensor2D,
  options: Pass & { readonly past?: Past } = {},
): { logits: tf.Tensor3D; past: Past } {
  return decodeSliced(model, memory, target, options);
}

/** The same, with the slices of the decoder's weights if they are already cut (`decoderSlices`). */
export function decodeSliced(
  model: Seq2seq<AnyParams>,
  memory: Memory,
  target: tf.Tensor2D,
  { past, ...pass }: Pass & { readonly past?: Past },
  slices?: Slices,
): { logits: tf.Tensor3D; past: Past } {
  const { config, params } = model;
  const architecture = architectureOf(model);
  const start = past?.bias.shape[1] ?? 0;
  checkIds('target', target, config, start);
  return tf.tidy(() => {
    const { heads, normEpsilon: epsilon } = config;
    const drop = dropoutSites(config.dropout, pass, 1);
    const now = paddingBias(target, config.padId);
    const bias = past ? tf.concat([past.bias, now], 1) : now;
    const caches: KeyValue[] = [];
    const span = { start, length: target.shape[1] };
    const embedded = embed(config, architecture, params.decoder, target, span, drop());
    pass.tap?.('decoder.embed', embedded);
    const decoded = ring(
      decoderParts({ architecture, config, params }, span, slices),
      embedded,
      (x, level, i) => {
        const { selfNorm, cross, crossNorm, signals, table } = level;
        const tap = (name: string) => pass.tap && ((seen: tf.Tensor) => pass.tap?.(`decoder.${i}.${name}`, seen));
        if (table) x = tf.add(x, table);
        tap('input')?.(x);
        const { attn: self, added } = signalAttention(level.self, signals, x);
        const cache = extend(past?.levels[i], keyValue(self, x, added));
        caches.push(cache);
        const look = { heads, causal: true, tap: tap('selfAttn') };
        const attended = attend(self, x, { ...cache, bias }, look, added);
        x = layerNorm(selfNorm, x, { epsilon, residual: attended, drop: drop() });
        const { key, value } = (memory.levels[i] ?? memory.levels[0]) as KeyValue; // the first, if it serves all
        const read = crossAttend(cross, x, { key, value, bias: memory.bias }, { heads, tap: tap('crossAttn') });
        x = layerNorm(crossNorm, x, { epsilon, residual: read, drop: drop() });
        tap('afterCross')?.(x);
        x = feedForwardSublayer(level, x, epsilon, drop);
        tap('hidden')?.(x);
        return x;
      },
      pass.levels,
    );
    const { weight = params.decoder.tokens, bias: headBias } = params.head;
    return { logits: linear({ weight, bias: headBias }, decoded) as tf.Tensor3D, past: { levels: caches, bias } };
  });
}

/** Without a causal mask, the beams of one sentence are just more queries to its memory. x: [b·k n d] → [b·k n d] */
function crossAttend(attn: Attention, x: tf.Tensor, kv: KeyValue, look: Look): tf.Tensor {
  const rows = kv.key.shape[0];
  if (x.shape[0] === rows) return attend(attn, x, kv, look);
  const grouped = tf.reshape(x, [rows, -1, x.shape[2]!]);
  return tf.reshape(attend(attn, grouped, kv, look), x.shape);
}
