import { pause, RingformerError } from '@ringformer/core/base';
import type { Seq2seq, AnyParams as SeqParams } from '@ringformer/seq2seq';
import type { Vit, AnyParams as VitParams } from '@ringformer/vit';
import * as tf from '@tensorflow/tfjs-core';
import { type CkaOptions, ckaCollector, referenceCka } from './cka.ts';
import { type IdPair, type ImageToken, realTokens, translationStates, visionStates } from './states.ts';

export type CompareOptions = CkaOptions & {
  /** Sentences or images of a minibatch. Default 16. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
};

/** Alignment of all levels: rows are the first model's, columns the second's. */
export type TranslationCka = { readonly encoder: number[][]; readonly decoder: number[][] };

/**
 * CKA between the levels of two translation models with the same vocabulary (or of a model and itself), accumulated over all
 * batches. Every real token is an example; padding is left out.
 * @throws RingformerError 'bad-config' if the vocabularies differ in size, 'bad-shape'; the signal's reason
 */
export async function compareTranslation(
  models: readonly [Seq2seq<SeqParams>, Seq2seq<SeqParams>],
  pairs: readonly IdPair[],
  { batchSize = 16, signal, onProgress, ...options }: CompareOptions = {},
): Promise<TranslationCka> {
  const [a, b] = checkedPair(models);
  const sides = ['encoder', 'decoder'] as const;
  const collectors = sides.map((side) => ckaCollector(a.config[`${side}Levels`], b.config[`${side}Levels`], options));
  for await (const batch of batches(pairs, batchSize, { signal, onProgress })) {
    const [one, two] = [await translationStates(a, batch), a === b ? undefined : await translationStates(b, batch)];
    sides.forEach((side, i) => {
      const rows = (states: typeof one) => states[side].map((level) => realTokens(level, states.lengths[side]));
      const xs = rows(one);
      collectors[i]!.add(xs, two ? rows(two) : xs);
    });
  }
  return { encoder: collectors[0]!.matrix(), decoder: collectors[1]!.matrix() };
}

/**
 * The same as the authors' notebook computes it: `referenceCka` with 64 sentences a batch, padded to `length` tokens (theirs:
 * 50). Only the last batch counts, so only it is computed.
 * @throws as `compareTranslation`
 */
export async function referenceTranslationCka(
  models: readonly [Seq2seq<SeqParams>, Seq2seq<SeqParams>],
  pairs: readonly IdPair[],
  { batchSize = 64, length = 50 }: { readonly batchSize?: number; readonly length?: number } = {},
): Promise<TranslationCka> {
  const [a, b] = checkedPair(models);
  const last = pairs.slice(Math.floor((pairs.length - 1) / batchSize) * batchSize);
  const [one, two] = [await translationStates(a, last, length), await translationStates(b, last, length)];
  const matrix = (side: 'encoder' | 'decoder') => referenceCka([{ xs: one[side], ys: two[side] }]);
  return { encoder: matrix('encoder'), decoder: matrix('decoder') };
}

/**
 * CKA between the levels of two classifiers of the same image size; an image is an example. images: [count c h w], prepared as
 * the models expect.
 * @throws RingformerError 'bad-shape'; the signal's reason
 */
export async function compareVision(
  [a, b]: readonly [Vit<VitParams>, Vit<VitParams>],
  images: Float32Array,
  { batchSize = 16, signal, onProgress, token, ...options }: CompareOptions & { readonly token?: ImageToken } = {},
): Promise<number[][]> {
  const collector = ckaCollector(a.config.levels, b.config.levels, options);
  const { channels, imageSize } = a.config;
  const each = channels * imageSize ** 2;
  const indices = Array.from({ length: Math.floor(images.length / each) }, (_, i) => i);
  for await (const [first = 0, ...rest] of batches(indices, batchSize, { signal, onProgress })) {
    const count = 1 + rest.length;
    const data = images.subarray(first * each, (first + count) * each);
    const batch = tf.tensor4d(data, [count, channels, imageSize, imageSize]);
    try {
      const xs = await visionStates(a, batch, token);
      collector.add(xs, a === b ? xs : await visionStates(b, batch, token));
    } finally {
      batch.dispose();
    }
  }
  return collector.matrix();
}

function checkedPair([a, b]: readonly [Seq2seq<SeqParams>, Seq2seq<SeqParams>]) {
  for (const side of ['sourceVocab', 'targetVocab'] as const) {
    if (a.config[side] === b.config[side]) continue;
    throw new RingformerError(
      'bad-config',
      `[ringformer/analysis] Expected two models of one vocabulary, got ${side} ${a.config[side]} and ${b.config[side]}. Train both with the same tokenizer.`,
    );
  }
  return [a, b] as const;
}

/** Batches of nearly equal size, at least `size` each if there are so many: a small last one would be worth little. */
async function* batches<T>(
  items: readonly T[],
  size: number,
  { signal, onProgress }: Pick<CompareOptions, 'signal' | 'onProgress'>,
): AsyncGenerator<T[]> {
  const count = Math.max(1, Math.floor(items.length / size));
  for (let i = 0; i < count; i++) {
    await pause(signal);
    const end = Math.round(((i + 1) * items.length) / count);
    yield items.slice(Math.round((i * items.length) / count), end);
    onProgress?.({ done: end, total: items.length });
  }
}
