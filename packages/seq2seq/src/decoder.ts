import {
  attend,
  extend,
  feedForward,
  type KeyValue,
  keyValue,
  layerNorm,
  linear,
  paddingBias,
  ring,
} from '@ringformer/core';
import { attentionSignals, withSignal } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import { embed } from './block.ts';
import { checkIds, type Memory } from './encoder.ts';
import type { Seq2seq } from './params.ts';
import { dropoutSites, type Pass } from './pass.ts';

/** What earlier calls have read: one KeyValue [b n d] for each level, and the target's padding mask [b n]. */
export type Past = { readonly levels: KeyValue[]; readonly bias: tf.Tensor };

/**
 * target: int32 [b n] → logits [b n v] and the past for the next call; the caller owns both.
 * With `past`, which a previous call returned, `target` holds only the new tokens. The memory may hold fewer rows than
 * the target: each then serves b / rows target rows in a run (the beams of one sentence).
 */
export function decode(
  { config, params }: Seq2seq,
  memory: Memory,
  target: tf.Tensor2D,
  { past, ...pass }: Pass & { readonly past?: Past } = {},
): { logits: tf.Tensor3D; past: Past } {
  const start = past?.bias.shape[1] ?? 0;
  checkIds('target', target, config, start);
  return tf.tidy(() => {
    const { shared, levels, tokens, positions } = params.decoder;
    const { heads, normEpsilon: epsilon } = config;
    const drop = dropoutSites(config.dropout, pass, 1);
    const now = paddingBias(target, config.padId);
    const bias = past ? tf.concat([past.bias, now], 1) : now;
    const caches: KeyValue[] = [];
    const embedded = embed(config, tokens, positions, target, start, drop());
    pass.tap?.('decoder.embed', embedded);
    const decoded = ring(
      levels,
      embedded,
      (x, { selfNorm, crossNorm, ffnNorm, signals }, i) => {
        const tap = (name: string) => pass.tap && ((weights: tf.Tensor) => pass.tap?.(`decoder.${i}.${name}`, weights));
        const added = attentionSignals(signals, x);
        const cache = extend(past?.levels[i], keyValue(shared.self, x, added));
        caches.push(cache);
        const self = attend(shared.self, x, { ...cache, bias }, { heads, causal: true, tap: tap('selfAttn') }, added);
        x = layerNorm(selfNorm, x, { epsilon, residual: self, drop: drop() });
        const cross = crossAttend(shared.cross, x, memory, heads, tap('crossAttn'));
        x = layerNorm(crossNorm, x, { epsilon, residual: cross, drop: drop() });
        x = layerNorm(ffnNorm, x, {
          epsilon,
          residual: feedForward(shared.ffn, withSignal(signals.ffn, x), drop()),
          drop: drop(),
        });
        pass.tap?.(`decoder.${i}.hidden`, x);
        return x;
      },
      pass.levels,
    );
    const { weight = tokens, bias: headBias } = params.head;
    return { logits: linear({ weight, bias: headBias }, decoded) as tf.Tensor3D, past: { levels: caches, bias } };
  });
}

/** Without a causal mask, the beams of one sentence are just more queries to its memory. x: [b·k n d] → [b·k n d] */
function crossAttend(
  attn: Seq2seq['params']['decoder']['shared']['cross'],
  x: tf.Tensor,
  memory: Memory,
  heads: number,
  tap?: (weights: tf.Tensor) => void,
): tf.Tensor {
  const rows = memory.key.shape[0] as number;
  if (x.shape[0] === rows) return attend(attn, x, memory, { heads, tap });
  const grouped = tf.reshape(x, [rows, -1, x.shape[2] as number]);
  return tf.reshape(attend(attn, grouped, memory, { heads, tap }), x.shape);
}
