import { type Cursor, drawDepths, RingformerError, type TrainTask, tokenLosses } from '@ringformer/core';
import { type AnyParams, decode, encode, type Seq2seq } from '@ringformer/seq2seq';
import { makeBatch, pairLengths, planEpoch } from '@ringformer/text';
import * as tf from '@tensorflow/tfjs-core';
import type { Reads } from '../subject.ts';
import { noneFits, type SentenceBatch } from './data.ts';
import type { TranslationSettings } from './settings.ts';
import type { SourcedPair } from './training-text.ts';

type Pass = { readonly dropoutSeed?: number };
/** A model without its parameters. */
export type Kind = Pick<Seq2seq<AnyParams>, 'config' | 'architecture'>;

/** `randomDepth`: the share of batches that pass only some levels; see `drawDepths`. */
export type LossOptions = { readonly smoothing: number; readonly randomDepth: number };

/**
 * Cross-entropy summed over a batch's target tokens: the target without its last token predicts the target without its
 * first. Without a seed there is no dropout, and all levels are passed.
 */
export function sentenceLoss({ config, architecture }: Kind, { smoothing, randomDepth }: LossOptions) {
  const most = [config.encoderLevels, config.decoderLevels];
  return (params: AnyParams, batch: SentenceBatch, pass: Pass = {}): tf.Scalar =>
    tf.tidy(() => {
      const { rows, targetLength: n } = batch;
      const source = tf.tensor2d(batch.source, [rows, batch.sourceLength], 'int32');
      const target = tf.tensor2d(batch.target, [rows, n], 'int32');
      const model = { config, params, architecture };
      const { dropoutSeed: seed } = pass;
      const [encoder, decoder] = seed === undefined ? most : drawDepths(seed, randomDepth, most);
      const memory = encode(model, source, { ...pass, levels: encoder });
      const read = tf.slice(target, [0, 0], [rows, n - 1]);
      const { logits } = decode(model, memory, read, { ...pass, levels: decoder });
      return tf.sum(tokenLosses(logits, tf.slice(target, [0, 1], [rows, n - 1]), { smoothing, padId: config.padId }));
    });
}

/**
 * Translation as the trainer sees it: batches of similar length, by token budget, in an order that depends only on the seed.
 */
export type SentenceTask = TrainTask<AnyParams, SentenceBatch> & {
  /** Of the first epoch. */
  readonly batchesPerEpoch: number;
  /** Pairs of the first epoch that are too long. */
  readonly dropped: number;
  /** What an epoch reads from each source. */
  reads(epoch: number, names: readonly string[]): Reads;
};

type Planned = Pick<TranslationSettings, 'smoothing' | 'randomDepth' | 'batchTokens' | 'seed'> &
  Partial<Pick<TranslationSettings, 'batchSentences'>>;

/** The task of learning the pairs that `pairsOf` returns for each epoch. */
export function sentenceTask(
  kind: Kind,
  pairsOf: (epoch: number) => readonly SourcedPair[],
  { smoothing, randomDepth, batchTokens, batchSentences = 0, seed }: Planned,
): SentenceTask {
  const { config } = kind;
  const { maxLength } = config;
  const plan = (epoch: number) => {
    const pairs = pairsOf(epoch);
    const maxRows = batchSentences > 0 ? batchSentences : undefined;
    const planned = planEpoch(pairLengths(pairs), { maxTokens: batchTokens, maxRows, maxLength, seed, epoch });
    if (planned.batches.length === 0) throw noneFits('training', pairs, maxLength);
    return { epoch, pairs, ...planned };
  };
  let current = plan(0);
  const loss = sentenceLoss(kind, { smoothing, randomDepth });
  const after = ({ epoch, batch }: Cursor): Cursor =>
    batch + 1 >= current.batches.length ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
  return {
    batchesPerEpoch: current.batches.length,
    dropped: current.dropped,
    loss: (params, batch, dropoutSeed) => loss(params, batch, { dropoutSeed }),
    count: (batch) => batch.tokens,
    reads(epoch, names) {
      const { pairs, batches } = current.epoch === epoch ? current : plan(epoch);
      const reads = names.map(() => ({ lines: 0, tokens: 0 }));
      for (const batch of batches) {
        for (const index of batch) {
          const { from, target } = pairs[index] as SourcedPair;
          const read = reads[from] as { lines: number; tokens: number };
          read.lines++;
          read.tokens += target.length + 1;
        }
      }
      return Object.fromEntries(names.map((name, i) => [name, reads[i] as Reads[string]]));
    },
    skip({ epoch, batch }) {
      if (current.epoch !== epoch) current = plan(epoch);
      return after({ epoch, batch });
    },
    read({ epoch, batch }) {
      if (current.epoch !== epoch) current = plan(epoch);
      const { pairs, batches } = current;
      const indices = batches[batch];
      if (!indices) {
        throw new RingformerError(
          'bad-file',
          `The run stands at batch ${batch + 1} of epoch ${epoch + 1}, but its text now makes only ${batches.length} batches: it has changed. Restore it, or start a new run with --init.`,
        );
      }
      return { batch: makeBatch(pairs, indices, config), next: after({ epoch, batch }) };
    },
  };
}
