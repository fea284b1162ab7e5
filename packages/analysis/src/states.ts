// The hidden states of a model's levels, as examples for CKA.
import { disposeTree, RingformerError } from '@ringformer/core';
import { decode, encode, type Seq2seq, type AnyParams as SeqParams } from '@ringformer/seq2seq';
import { encodeImages, type Vit, type AnyParams as VitParams } from '@ringformer/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { TokenFeatures } from './cka.ts';
import type { Rows } from './rows.ts';

/** Sentences as ids without bos and eos. */
export type IdPair = { readonly source: ArrayLike<number>; readonly target: ArrayLike<number> };

/** What each level of both sides makes of a batch: [sentences tokens d], padded, and how many tokens are real. */
export type TranslationStates = {
  readonly encoder: readonly TokenFeatures[];
  readonly decoder: readonly TokenFeatures[];
  /** The tokens of each sentence, bos and eos counted as the side reads them. */
  readonly lengths: { readonly encoder: readonly number[]; readonly decoder: readonly number[] };
};

/**
 * The outputs of all levels for a batch of pairs; the decoder reads the given targets. With `length`, rows are padded to that
 * many tokens, as the reference does, otherwise to the longest.
 * @throws RingformerError 'bad-shape' if a sentence is longer than the model can read
 */
export async function translationStates(
  model: Seq2seq<SeqParams>,
  pairs: readonly IdPair[],
  length?: number,
): Promise<TranslationStates> {
  const { padId, bosId, eosId, encoderLevels, decoderLevels } = model.config;
  const sources = pairs.map(({ source }) => [bosId, ...Array.from(source), eosId]);
  const targets = pairs.map(({ target }) => [bosId, ...Array.from(target)]);
  const seen = await tapped(/\.hidden$/, (tap) => {
    const memory = encode(model, padded(sources, padId, length), { tap });
    return decode(model, memory, padded(targets, padId, length), { tap }).logits;
  });
  const levels = (side: string, count: number) =>
    Array.from({ length: count }, (_, i) => seen.get(`${side}.${i}.hidden`) as TokenFeatures);
  return {
    encoder: levels('encoder', encoderLevels),
    decoder: levels('decoder', decoderLevels),
    lengths: { encoder: sources.map((ids) => ids.length), decoder: targets.map((ids) => ids.length) },
  };
}

/** The tokens of all sentences as examples, padding left out: [Σ lengths d] */
export function realTokens({ shape, data }: TokenFeatures, lengths: readonly number[]): Rows {
  const [, n, d] = shape;
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const rows = new Float32Array(total * d);
  let at = 0;
  lengths.forEach((length, s) => {
    for (let i = s * n * d; i < (s * n + length) * d; i++) rows[at++] = data[i]!;
  });
  return { shape: [total, d], data: rows };
}

/** Which of an image's tokens is an example: the class token, or the mean of the patches. */
export type ImageToken = 'class' | 'mean';

/** What each level makes of a batch of images [b c h w]: by level, [images d]. @throws RingformerError 'bad-shape' */
export async function visionStates(
  model: Vit<VitParams>,
  images: tf.Tensor4D,
  token: ImageToken = 'class',
): Promise<Rows[]> {
  const seen = await tapped(/^levels\.\d+\.hidden$/, (tap) => encodeImages(model, images, { tap }));
  return Array.from({ length: model.config.levels }, (_, i) =>
    oneToken(seen.get(`levels.${i}.hidden`) as TokenFeatures, token),
  );
}

function oneToken({ shape: [b, n, d], data }: TokenFeatures, token: ImageToken): Rows {
  const rows = new Float32Array(b * d);
  for (let s = 0; s < b; s++) {
    for (let k = 0; k < d; k++) {
      if (token === 'class') rows[s * d + k] = data[s * n * d + k]!;
      else for (let i = 1; i < n; i++) rows[s * d + k]! += data[(s * n + i) * d + k]! / (n - 1);
    }
  }
  return { shape: [b, d], data: rows };
}

type Tap = (name: string, x: tf.Tensor) => void;

/** Runs a pass and returns the intermediates whose names match; nothing of it stays on the backend. */
export async function tapped(names: RegExp, run: (tap: Tap) => tf.Tensor): Promise<Map<string, TokenFeatures>> {
  const kept: Record<string, tf.Tensor> = {};
  try {
    tf.tidy(() => {
      run((name, x) => {
        if (names.test(name)) kept[name] = tf.keep(tf.clone(x));
      });
    });
    const entries = Object.entries(kept).map(
      async ([name, x]) => [name, { shape: x.shape, data: await x.data() } as unknown as TokenFeatures] as const,
    );
    return new Map(await Promise.all(entries));
  } finally {
    disposeTree(kept);
  }
}

function padded(rows: readonly (readonly number[])[], padId: number, length?: number): tf.Tensor2D {
  const longest = rows.reduce((most, ids) => Math.max(most, ids.length), 0);
  const n = length ?? longest;
  if (rows.length === 0 || longest > n) {
    throw new RingformerError(
      'bad-shape',
      `[ringformer/analysis] Expected at least one sentence, of at most ${n} tokens, got ${rows.length}, the longest ${longest}.`,
    );
  }
  const ids = rows.flatMap((row) => [...row, ...new Array<number>(n - row.length).fill(padId)]);
  return tf.tensor2d(ids, [rows.length, n], 'int32');
}
