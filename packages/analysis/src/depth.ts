// What a model answers after each of its levels, and what stopping early would cost and save.
import { RingformerError } from '@ringformer/core';
import { decode, encode, type Seq2seq, type AnyParams as SeqParams } from '@ringformer/seq2seq';
import { classLogits, type Vit, type AnyParams as VitParams } from '@ringformer/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { IdPair } from './states.ts';

/** The likeliest answer to each example after 1, 2, … levels, and the right one: classes of images, or tokens. */
export type AnswersByDepth = { readonly answers: readonly Int32Array[]; readonly right: Int32Array };

/** What passing so many levels is worth: the share of right answers, and of those that all levels give, too. */
export type DepthQuality = { readonly levels: number; readonly accuracy: number; readonly agreement: number };

/** What stopping early is worth: levels passed on average, and the share of right answers. */
export type ExitQuality = { readonly patience: number; readonly meanLevels: number; readonly accuracy: number };

/**
 * The class of each image after 1, 2, … levels. images: [count c h w], prepared as the model expects; labels: [count].
 * @throws RingformerError 'bad-shape' if there are not as many images as labels
 */
export async function imageAnswers(
  model: Vit<VitParams>,
  images: Float32Array,
  labels: ArrayLike<number>,
): Promise<AnswersByDepth> {
  const { channels, imageSize, levels } = model.config;
  const shape: [number, number, number, number] = [labels.length, channels, imageSize, imageSize];
  if (labels.length === 0 || images.length !== tf.util.sizeFromShape(shape)) {
    throw new RingformerError(
      'bad-shape',
      `[ringformer/analysis] imageAnswers: expected ${labels.length} images [${shape}], one for each label and at least one, got ${images.length} numbers.`,
    );
  }
  const answers: Int32Array[] = [];
  for (let depth = 1; depth <= levels; depth++) {
    const found = tf.tidy(() => tf.argMax(classLogits(model, tf.tensor4d(images, shape), { levels: depth }), -1));
    answers.push(Int32Array.from(await found.data()));
    found.dispose();
  }
  return { answers, right: Int32Array.from(labels) };
}

/**
 * The likeliest next token at each place of the targets after 1, 2, … levels of the decoder, which reads the given targets
 * and what all levels of the encoder make of the sources. Ids are without bos and eos.
 * @throws RingformerError 'bad-shape' if a sentence is longer than the model can read
 */
export async function tokenAnswers(model: Seq2seq<SeqParams>, pairs: readonly IdPair[]): Promise<AnswersByDepth> {
  const { bosId, eosId, decoderLevels } = model.config;
  const answers: number[][] = Array.from({ length: decoderLevels }, () => []);
  const right: number[] = [];
  for (const { source, target } of pairs) {
    const read = [bosId, ...Array.from(target)];
    const seen = tf.tidy(() => {
      const memory = encode(model, tf.tensor2d([bosId, ...Array.from(source), eosId], [1, source.length + 2], 'int32'));
      const ids = tf.tensor2d(read, [1, read.length], 'int32');
      return Array.from({ length: decoderLevels }, (_, i) =>
        tf.reshape(tf.argMax(decode(model, memory, ids, { levels: i + 1 }).logits, -1), [-1]),
      );
    });
    for (const [i, found] of seen.entries()) answers[i]?.push(...(await found.data()));
    tf.dispose(seen);
    right.push(...Array.from(target), eosId);
  }
  return { answers: answers.map((ids) => Int32Array.from(ids)), right: Int32Array.from(right) };
}

/** Quality at every depth. */
export function qualityByDepth({ answers, right }: AnswersByDepth): DepthQuality[] {
  const full = answers.at(-1) ?? [];
  return answers.map((found, i) => ({ levels: i + 1, accuracy: shared(found, right), agreement: shared(found, full) }));
}

/**
 * Where each example could stop: at the first level that gives the same answer as the `patience` levels before it, otherwise
 * at the last. → the number of levels passed, and the answer there
 */
export function earlyExit(
  { answers }: Pick<AnswersByDepth, 'answers'>,
  patience = 1,
): { readonly levels: Int32Array; readonly answers: Int32Array } {
  const [first = new Int32Array(0)] = answers;
  const levels = first.map((_, example) => {
    let same = 0;
    for (let i = 1; i < answers.length; i++) {
      same = answers[i]?.[example] === answers[i - 1]?.[example] ? same + 1 : 0;
      if (same === patience) return i + 1;
    }
    return answers.length;
  });
  return { levels, answers: levels.map((level, example) => answers[level - 1]?.[example] as number) };
}

/** The curve of quality against levels passed, for every patience; the last never stops early. */
export function exitCurve(given: AnswersByDepth): ExitQuality[] {
  return given.answers.map((_, i) => {
    const { levels, answers } = earlyExit(given, i + 1);
    const sum = levels.reduce((total, level) => total + level, 0);
    return { patience: i + 1, meanLevels: sum / levels.length, accuracy: shared(answers, given.right) };
  });
}

/** The share of places at which both have the same. */
function shared(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++;
  return same / a.length;
}
