import {
  addBias,
  attend,
  type Dropout,
  deriveSeed,
  dropout,
  feedForward,
  keyValue,
  layerNorm,
  linear,
  RingformerError,
  ring,
  sinusoidalPositions,
} from '@ringformer/core';
import { attentionSignals, withSignal } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import type { Vit } from './architecture.ts';
import { tokenCount, type VitConfig } from './config.ts';
import type { AnyParams } from './params.ts';
import { type LevelParts, levelParts } from './parts.ts';
import { type SeenTokens, seenPatches, seenRows, seenTokens } from './patch-dropout.ts';
import { cutPatches } from './patches.ts';
import { architectureOf } from './ring-former.ts';

/**
 * Options of one forward pass. Without `dropoutSeed` there is no dropout. `tap` sees named intermediates: 'embed',
 * 'levels.2.hidden' [b n d], 'levels.2.attn' [b h n n]; `tf.keep` what must outlive the call.
 */
export type Pass = {
  readonly dropoutSeed?: number;
  /** With `dropoutSeed`: the share of each image's patches that the pass leaves out, from 0 to below 1. Default: 0. */
  readonly patchDropout?: number;
  readonly tap?: (name: string, x: tf.Tensor) => void;
  /** How many levels to pass, counted from the first. Default: all. */
  readonly levels?: number;
};

/**
 * Class token and patches at the end, after the last norm. images: [b c h w] → [b n d], which the caller owns.
 * @throws RingformerError 'bad-shape' if the images do not have the model's size.
 */
export function encodeImages(model: Vit<AnyParams>, images: tf.Tensor4D, pass: Pass = {}): tf.Tensor3D {
  return encode(model, images, pass);
}

/** images: [b c h w] → logits [b classes], from the class token; the caller owns them. @throws as `encodeImages` */
export function classLogits(model: Vit<AnyParams>, images: tf.Tensor4D, pass: Pass = {}): tf.Tensor2D {
  return tf.tidy(() => {
    // only a tap sees the patches of the last level
    const encoded = encode(model, images, pass, pass.tap ? undefined : 1);
    return linear(model.params.head, tf.reshape(firstTokens(encoded, 1), [-1, model.config.dim])) as tf.Tensor2D;
  });
}

/** The encoder; if `wanted` is given, only that many first tokens of the last level. → [b wanted d] */
function encode(model: Vit<AnyParams>, images: tf.Tensor4D, pass: Pass, wanted?: number): tf.Tensor3D {
  const { config, params } = model;
  const architecture = architectureOf(model);
  checkImages(config, images);
  return tf.tidy(() => {
    const drop = dropoutSites(config.dropout, pass);
    const patches = tokenCount(config) - 1;
    const seen = seenTokens(images.shape[0], patches, { rate: pass.patchDropout, dropoutSeed: pass.dropoutSeed });
    const embedded = embed(
      config,
      params,
      images,
      { addsPositions: architecture.positions === 'embedding', seen },
      drop(),
    );
    pass.tap?.('embed', embedded);
    const levels = levelParts(architecture, config, params, seen).slice(0, pass.levels);
    const passed = ring(levels, embedded, (x, parts, i) =>
      passLevel(config, parts, x, drop, {
        tap: pass.tap && ((name, y) => pass.tap?.(`levels.${i}.${name}`, y)),
        wanted: i === levels.length - 1 ? wanted : undefined,
      }),
    );
    const encoded = layerNorm(params.norm, passed, { epsilon: config.lastEpsilon });
    pass.tap?.('encoded', encoded);
    return encoded as tf.Tensor3D;
  });
}

/** [b n d] → [b count d] */
function firstTokens(x: tf.Tensor, count: number): tf.Tensor {
  const [b, n, d] = x.shape as [number, number, number];
  return count === n ? x : tf.slice(x, [0, 0, 0], [b, count, d]);
}

/** dropout(class token and projected patches + position), of all tokens or of those that are seen → [b n d] */
function embed(
  { patchSize, dim }: VitConfig,
  { patches, classToken }: AnyParams,
  images: tf.Tensor4D,
  { addsPositions, seen }: { readonly addsPositions: boolean; readonly seen?: SeenTokens },
  drop: Dropout,
): tf.Tensor {
  const cut = cutPatches(images, patchSize);
  const projected = linear(patches, seen ? seenPatches(cut, seen) : cut);
  // the gradient of a sum is one product; that of `tile` is a slice per image
  const first = addBias(tf.zeros([images.shape[0], 1, dim]), classToken);
  const tokens = tf.concat([first, projected], 1);
  if (!addsPositions) return dropout(tokens, drop);
  const n = cut.shape[1] + 1;
  const positions = tf.tensor(sinusoidalPositions(n, dim), [n, dim]);
  return dropout(tf.add(tokens, seen ? seenRows(positions, seen) : tf.reshape(positions, [1, n, dim])), drop);
}

/**
 * x₁ = x + attention(LN(x)), whose signals read x itself; then x₁ + FFN(LN(x₁ + signal)). The residuals carry neither norms
 * nor the feed-forward signal. x: [b n d] → [b n d], or only the first `wanted` tokens, which look at all n.
 */
function passLevel(
  { heads, normEpsilon: epsilon }: VitConfig,
  { attn, attnNorm, ffn, ffnNorm, signals, table }: LevelParts,
  x: tf.Tensor,
  drop: () => Dropout,
  { tap, wanted = x.shape[1]! }: { tap?: (name: string, x: tf.Tensor) => void; wanted?: number },
): tf.Tensor {
  const start = table ? tf.add(x, table) : x;
  tap?.('input', start);
  const normed = layerNorm(attnNorm, start, { epsilon });
  const all = signals && attentionSignals(signals, start);
  const added = all?.query?.rank === 3 ? { ...all, query: firstTokens(all.query, wanted) } : all;
  const look = { heads, tap: tap && ((weights: tf.Tensor) => tap('attn', weights)) };
  const seen = attend(attn, firstTokens(normed, wanted), keyValue(attn, normed, all), look, added);
  const attended = tf.add(firstTokens(start, wanted), seen);
  tap?.('afterAttn', attended);
  const input = layerNorm(ffnNorm, withSignal(signals?.ffn, attended), { epsilon });
  const out = tf.add(attended, dropout(feedForward(ffn, input, drop()), drop()));
  tap?.('hidden', out);
  return out;
}

/** The next dropout site of a pass: each gets its own seed. */
function dropoutSites(rate: number, { dropoutSeed }: Pass): () => Dropout {
  if (dropoutSeed === undefined) return () => ({ rate: 0, seed: 0 });
  let site = 0;
  return () => ({ rate, seed: deriveSeed(dropoutSeed, site++) });
}

function checkImages({ channels, imageSize }: VitConfig, { shape }: tf.Tensor): void {
  if (shape.length === 4 && String(shape.slice(1)) === String([channels, imageSize, imageSize]) && shape[0] !== 0)
    return;
  throw new RingformerError(
    'bad-shape',
    `[ringformer/vit] images is [${shape}]; expected [batch, ${channels}, ${imageSize}, ${imageSize}].`,
  );
}
