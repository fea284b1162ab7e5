import { disposeTree, layerNorm, linear } from '@ringformer/core';
import {
  type SignalStrength,
  signalNorms,
  signalOver,
  strengthOf,
  type TokenStrength,
} from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import type { Vit } from './architecture.ts';
import { classLogits } from './encode.ts';
import type { AnyParams } from './params.ts';
import { levelParts } from './parts.ts';
import { architectureOf } from './ring-former.ts';

/** What a classifier looked at in one image; n tokens: the class token, then the patches row by row. */
export type ImageInspection = {
  /** [classes] */
  readonly logits: Float32Array;
  /** By level: attention weights [heads n n], row-major, each row sums to 1. */
  readonly attention: readonly { readonly shape: readonly [number, number, number]; readonly data: Float32Array }[];
  /** By level, and for each token; empty if the architecture has no signals. */
  readonly signals: readonly SignalStrength[];
  readonly tokenSignals: readonly TokenStrength[];
  /** The stream after each level, row-major: [n d]. */
  readonly states: readonly Float32Array[];
};

/**
 * One pass over an image. image: [c h w] in one batch of 1, normalised as in training.
 * @throws RingformerError 'bad-shape' if the image does not have the model's size
 */
export async function inspectImage(model: Vit<AnyParams>, image: tf.Tensor4D): Promise<ImageInspection> {
  const { config, params } = model;
  const seen: Record<string, tf.Tensor> = {};
  const norms: tf.Tensor[] = [];
  try {
    const logits = tf.tidy(() => {
      const parts = levelParts(architectureOf(model), config, params);
      let input: tf.Tensor;
      const tap = (name: string, x: tf.Tensor) => {
        if (/(attn|hidden)$/.test(name)) seen[name] = tf.keep(tf.clone(x));
        const [, level, what] = name.split('.');
        const found = parts[Number(level)];
        if (!found?.signals) return;
        if (what === 'input') input = x;
        if (what !== 'afterAttn') return;
        const { attn, attnNorm, signals } = found;
        const normed = layerNorm(attnNorm, input, { epsilon: config.normEpsilon });
        const measured = signalNorms({
          query: [signalOver(signals.query, input), linear(attn.query, normed)],
          key: [signalOver(signals.key, input), linear(attn.key, normed)],
          value: [signalOver(signals.value, input), linear(attn.value, normed)],
          ffn: [signalOver(signals.ffn, x), x],
        });
        norms.push(tf.keep(measured));
      };
      return classLogits(model, image, { tap });
    });
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    const levels = Array.from({ length: config.levels }, (_, i) => i);
    const maps = levels.map(async (i) => {
      const weights = seen[`levels.${i}.attn`]!;
      const [, heads, n, m] = weights.shape as [number, number, number, number];
      return { shape: [heads, n, m] as const, data: (await weights.data()) as Float32Array };
    });
    const strengths = (await Promise.all(norms.map((lengths) => lengths.data()))).map(strengthOf);
    return {
      logits: values,
      attention: await Promise.all(maps),
      signals: strengths.map(({ level }) => level),
      tokenSignals: strengths.map(({ tokens }) => tokens),
      states: await Promise.all(levels.map((i) => seen[`levels.${i}.hidden`]!.data() as Promise<Float32Array>)),
    };
  } finally {
    disposeTree(seen);
    tf.dispose(norms);
  }
}
