import { disposeTree, linear } from '@ringformer/core';
import { isRecord, kindOf, RingformerError } from '@ringformer/core/base';
import {
  type SignalStrength,
  signalNorms,
  signalOver,
  strengthOf,
  type TokenStrength,
} from '@ringformer/level-signals';
import type { Tokenizer } from '@ringformer/text';
import * as tf from '@tensorflow/tfjs-core';
import type { Seq2seq } from './architecture.ts';
import { checkText } from './check-text.ts';
import { decode } from './decoder.ts';
import { encode } from './encoder.ts';
import type { AnyParams } from './params.ts';
import { decoderParts, type EncoderParts, encoderParts } from './parts.ts';
import { architectureOf } from './ring-former.ts';

export type { SignalStrength, TokenStrength } from '@ringformer/level-signals';

/** Attention weights of one level: [heads n m], row-major, each row of m sums to 1. */
export type AttentionMap = { readonly shape: readonly [number, number, number]; readonly data: Float32Array };

/** What a model looked at while it read a source and wrote a target. */
export type Inspection = {
  /** The m tokens of the source as the vocabulary writes them, including bos and eos. */
  readonly source: readonly string[];
  /** The n tokens that the rows of the target's maps chose: its own, then eos. */
  readonly target: readonly string[];
  /** Natural logarithm of each target token's probability. */
  readonly logProbs: Float32Array;
  /** By level: attention of the source to itself [h m m], of the target to itself [h n n] and to the source [h n m]. */
  readonly encoder: readonly AttentionMap[];
  readonly decoder: readonly AttentionMap[];
  readonly cross: readonly AttentionMap[];
  /** By level; empty if the architecture has no signals. */
  readonly signals: { readonly encoder: readonly SignalStrength[]; readonly decoder: readonly SignalStrength[] };
  /** The same for each token that the side reads: the source; bos and the target without eos. */
  readonly tokenSignals: { readonly encoder: readonly TokenStrength[]; readonly decoder: readonly TokenStrength[] };
  /** The stream after each level, row-major: [m d] and [n d]. */
  readonly states: { readonly encoder: readonly Float32Array[]; readonly decoder: readonly Float32Array[] };
};

/**
 * One pass over a sentence and a translation of it, the model's own or any other. Empty texts are only bos and eos.
 * @throws RingformerError 'bad-shape' if either is longer than the model can read; 'bad-argument'.
 */
export async function inspect(
  model: Seq2seq<AnyParams>,
  tokenizer: Tokenizer,
  texts: { readonly source: string; readonly target: string },
): Promise<Inspection> {
  if (!isRecord(texts)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/seq2seq] inspect: expected { source, target }, two texts, got ${kindOf(texts)}.`,
    );
  }
  for (const side of ['source', 'target'] as const) checkText(texts[side], `inspect: ${side}`);
  const { bosId, eosId } = model.config;
  const source = [bosId, ...tokenizer.encode(texts.source), eosId];
  const target = [...tokenizer.encode(texts.target), eosId];
  const seen: Record<string, tf.Tensor> = {};
  const tap = (name: string, x: tf.Tensor) => {
    if (/([aA]ttn|hidden)$/.test(name)) seen[name] = tf.keep(tf.clone(x));
  };
  const norms: Record<'encoder' | 'decoder', tf.Tensor[]> = { encoder: [], decoder: [] };
  try {
    const chosen = tf.tidy(() => {
      const watched = { tap: watch(model, norms, source.length, target.length, tap) };
      const memory = encode(model, tf.tensor2d(source, [1, source.length], 'int32'), watched);
      const read = tf.tensor2d([bosId, ...target.slice(0, -1)], [1, target.length], 'int32');
      const { logits } = decode(model, memory, read, watched);
      const all = tf.logSoftmax(tf.reshape(logits, [target.length, -1]));
      return tf.sum(tf.mul(all, tf.oneHot(tf.tensor1d(target, 'int32'), all.shape[1]!)), -1);
    });
    const logProbs = (await chosen.data()) as Float32Array;
    chosen.dispose();
    const maps = (side: string, name: string, levels: number) =>
      Promise.all(Array.from({ length: levels }, (_, i) => mapOf(seen[`${side}.${i}.${name}`] as tf.Tensor)));
    const { encoderLevels, decoderLevels } = model.config;
    const strengths = { encoder: await strengthsOf(norms.encoder), decoder: await strengthsOf(norms.decoder) };
    const states = (side: string, levels: number) =>
      Promise.all(
        Array.from({ length: levels }, (_, i) => seen[`${side}.${i}.hidden`]!.data() as Promise<Float32Array>),
      );
    return {
      source: tokenizer.tokens(source),
      target: tokenizer.tokens(target),
      logProbs,
      encoder: await maps('encoder', 'attn', encoderLevels),
      decoder: await maps('decoder', 'selfAttn', decoderLevels),
      cross: await maps('decoder', 'crossAttn', decoderLevels),
      signals: {
        encoder: strengths.encoder.map(({ level }) => level),
        decoder: strengths.decoder.map(({ level }) => level),
      },
      tokenSignals: {
        encoder: strengths.encoder.map(({ tokens }) => tokens),
        decoder: strengths.decoder.map(({ tokens }) => tokens),
      },
      states: { encoder: await states('encoder', encoderLevels), decoder: await states('decoder', decoderLevels) },
    };
  } finally {
    disposeTree(seen);
    tf.dispose([norms.encoder, norms.decoder]);
  }
}

async function mapOf(weights: tf.Tensor): Promise<AttentionMap> {
  const [, h, n, m] = weights.shape as [number, number, number, number];
  return { shape: [h, n, m], data: (await weights.data()) as Float32Array };
}

async function strengthsOf(norms: readonly tf.Tensor[]) {
  return (await Promise.all(norms.map((lengths) => lengths.data()))).map(strengthOf);
}

/** A tap that calls `tap`, then measures the signals at the input of each level and of its feed-forward network. */
function watch(
  model: Seq2seq<AnyParams>,
  norms: Record<'encoder' | 'decoder', tf.Tensor[]>,
  m: number,
  n: number,
  tap: (name: string, x: tf.Tensor) => void,
) {
  const { config, params } = model;
  const resolved = { architecture: architectureOf(model), config, params };
  const sides = {
    encoder: encoderParts(resolved, { start: 0, length: m }),
    decoder: decoderParts(resolved, { start: 0, length: n }).map(({ self, ...rest }) => ({ ...rest, attn: self })),
  };
  let input: tf.Tensor;
  return (name: string, x: tf.Tensor) => {
    tap(name, x);
    const [side, i, what] = name.split('.') as ['encoder' | 'decoder', string, string];
    const parts = sides[side][Number(i)] as Pick<EncoderParts, 'attn' | 'signals'> | undefined;
    if (!parts?.signals) return;
    const { attn, signals } = parts;
    if (what === 'input') input = x;
    if (what !== (side === 'encoder' ? 'afterAttn' : 'afterCross')) return;
    const measured = tf.tidy(() =>
      signalNorms({
        query: [signalOver(signals.query, input), linear(attn.query, input)],
        key: [signalOver(signals.key, input), linear(attn.key, input)],
        value: [signalOver(signals.value, input), linear(attn.value, input)],
        ffn: [signalOver(signals.ffn, x), x],
      }),
    );
    norms[side].push(tf.keep(measured));
  };
}
