import {
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
import type { LevelParts, Vit } from './architecture.ts';
import type { VitConfig } from './config.ts';
import type { AnyVitParams } from './params.ts';
import { cutPatches } from './patches.ts';
import { vitArchitecture } from './ring.ts';

/**
 * Options of one forward pass. No `dropoutSeed`, no dropout. `tap` sees named intermediates: 'embed', 'levels.2.hidden' [b n d],
 * 'levels.2.attn' [b h n n]; `tf.keep` what must outlive the call.
 */
export type VitPass = {
  readonly dropoutSeed?: number;
  readonly tap?: (name: string, x: tf.Tensor) => void;
  /** How many levels are passed: the first so many of the model's; all where absent. */
  readonly levels?: number;
};

/**
 * Class token and patches as the model sees them in the end, behind the last norm. images: [b c h w] → [b n d], which the
 * caller owns.
 * @throws RingformerError 'bad-shape' where the images are not of the model's size.
 */
export function encodeImages(model: Vit<AnyVitParams>, images: tf.Tensor4D, pass: VitPass = {}): tf.Tensor3D {
  const { config, params } = model;
  const architecture = vitArchitecture(model);
  checkImages(config, images);
  return tf.tidy(() => {
    const drop = dropoutSites(config.dropout, pass);
    const embedded = embed(config, params, images, architecture.embedsPositions, drop());
    pass.tap?.('embed', embedded);
    const seen = ring(
      architecture.levels(config, params),
      embedded,
      (x, parts, i) =>
        passLevel(config, parts, x, drop, pass.tap && ((name, y) => pass.tap?.(`levels.${i}.${name}`, y))),
      pass.levels,
    );
    const encoded = layerNorm(params.norm, seen, { epsilon: config.lastEpsilon });
    pass.tap?.('encoded', encoded);
    return encoded as tf.Tensor3D;
  });
}

/** images: [b c h w] → logits [b classes], from the class token; the caller owns them. @throws as `encodeImages` */
export function classLogits(model: Vit<AnyVitParams>, images: tf.Tensor4D, pass: VitPass = {}): tf.Tensor2D {
  return tf.tidy(() => {
    const encoded = encodeImages(model, images, pass);
    const [b, , d] = encoded.shape;
    return linear(model.params.head, tf.reshape(tf.slice(encoded, [0, 0, 0], [b, 1, d]), [b, d])) as tf.Tensor2D;
  });
}

/** dropout(class token and projected patches + position) → [b n d] */
function embed(
  { patchSize, dim }: VitConfig,
  { patches, classToken }: AnyVitParams,
  images: tf.Tensor4D,
  embedsPositions: boolean,
  drop: Dropout,
): tf.Tensor {
  const projected = linear(patches, cutPatches(images, patchSize));
  const first = tf.tile(tf.reshape(classToken, [1, 1, dim]), [images.shape[0], 1, 1]);
  const tokens = tf.concat([first, projected], 1);
  if (!embedsPositions) return dropout(tokens, drop);
  const n = tokens.shape[1] as number;
  return dropout(tf.add(tokens, tf.tensor(sinusoidalPositions(n, dim), [1, n, dim])), drop);
}

/**
 * x₁ = x + attention(LN(x)), whose signals read x itself; x₁ + FFN(LN(x₁ + signal)): the residuals carry neither norms nor
 * the feed-forward signal. x: [b n d] → [b n d]
 */
function passLevel(
  { heads, normEpsilon: epsilon }: VitConfig,
  { attn, attnNorm, ffn, ffnNorm, signals, table }: LevelParts,
  x: tf.Tensor,
  drop: () => Dropout,
  tap?: (name: string, x: tf.Tensor) => void,
): tf.Tensor {
  const start = table ? tf.add(x, table) : x;
  tap?.('input', start);
  const normed = layerNorm(attnNorm, start, { epsilon });
  const added = signals && attentionSignals(signals, start);
  const look = { heads, tap: tap && ((weights: tf.Tensor) => tap('attn', weights)) };
  const attended = tf.add(start, attend(attn, normed, keyValue(attn, normed, added), look, added));
  tap?.('afterAttn', attended);
  const input = layerNorm(ffnNorm, signals ? withSignal(signals.ffn, attended) : attended, { epsilon });
  const out = tf.add(attended, dropout(feedForward(ffn, input, drop()), drop()));
  tap?.('hidden', out);
  return out;
}

/** The next dropout site of a pass: each gets a seed of its own. */
function dropoutSites(rate: number, { dropoutSeed }: VitPass): () => Dropout {
  if (dropoutSeed === undefined) return () => ({ rate: 0, seed: 0 });
  let site = 0;
  return () => ({ rate, seed: deriveSeed(dropoutSeed, site++) });
}

function checkImages({ channels, imageSize }: VitConfig, { shape }: tf.Tensor): void {
  if (shape.length === 4 && String(shape.slice(1)) === String([channels, imageSize, imageSize]) && shape[0] !== 0)
    return;
  throw new RingformerError(
    'bad-shape',
    `[ringformer/vit] images is [${shape}]: [batch, ${channels}, ${imageSize}, ${imageSize}] is wanted.`,
  );
}
