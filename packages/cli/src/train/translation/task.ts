import { type TrainTask, tokenLosses } from '@ringformer/core';
import { type AnyParams, decode, encode, type Seq2seq } from '@ringformer/seq2seq';
import { type IdPair, makeBatch, pairLengths, planEpoch } from '@ringformer/text';
import * as tf from '@tensorflow/tfjs-core';
import type { SentenceBatch } from './data.ts';

type Pass = { readonly dropoutSeed?: number };
/** A model without its parameters. */
export type Kind = Pick<Seq2seq<AnyParams>, 'config' | 'architecture'>;

/** Cross-entropy summed over a batch's target tokens: the target without its last token predicts it without its first. */
export function sentenceLoss({ config, architecture }: Kind, smoothing: number) {
  return (params: AnyParams, batch: SentenceBatch, pass: Pass = {}): tf.Scalar =>
    tf.tidy(() => {
      const { rows, targetLength: n } = batch;
      const source = tf.tensor2d(batch.source, [rows, batch.sourceLength], 'int32');
      const target = tf.tensor2d(batch.target, [rows, n], 'int32');
      const model = { config, params, architecture };
      const { logits } = decode(model, encode(model, source, pass), tf.slice(target, [0, 0], [rows, n - 1]), pass);
      return tf.sum(tokenLosses(logits, tf.slice(target, [0, 1], [rows, n - 1]), { smoothing, padId: config.padId }));
    });
}

/** Translation as the trainer sees it: batches of like length, by token budget, in an order that only the seed decides. */
export function sentenceTask(
  kind: Kind,
  pairs: readonly IdPair[],
  { smoothing, batchTokens, seed }: { smoothing: number; batchTokens: number; seed: number },
): TrainTask<AnyParams, SentenceBatch> & { readonly batchesPerEpoch: number; readonly dropped: number } {
  const { config } = kind;
  const lengths = pairLengths(pairs);
  const plan = (epoch: number) =>
    planEpoch(lengths, { maxTokens: batchTokens, maxLength: config.maxLength, seed, epoch });
  let current = { epoch: 0, ...plan(0) };
  const loss = sentenceLoss(kind, smoothing);
  return {
    batchesPerEpoch: current.batches.length,
    dropped: current.dropped,
    loss: (params, batch, dropoutSeed) => loss(params, batch, { dropoutSeed }),
    count: (batch) => batch.tokens,
    read({ epoch, batch }) {
      if (current.epoch !== epoch) current = { epoch, ...plan(epoch) };
      const { batches } = current;
      const last = batch + 1 >= batches.length;
      return {
        batch: makeBatch(pairs, batches[batch] as Uint32Array, config),
        next: last ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 },
      };
    },
  };
}
