import { type Cursor, deriveSeed, drawDepths, type Reading, type TrainTask, tokenLosses } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Vit } from '../architecture.ts';
import { classLogits } from '../encode.ts';
import type { AnyParams } from '../params.ts';
import type { LabelledBatch } from './labelled.ts';
import { mix } from './mixup.ts';

/** A model without its parameters. */
export type Kind = Pick<Vit<AnyParams>, 'config' | 'architecture'>;

/** Where batches come from: `batchSource` of @ringformer/images, or any object of this shape. */
export type ImageSource = {
  readonly batchesPerEpoch: number;
  /** Reading goes on with every so manieth batch; 1 if absent. */
  readonly every?: number;
  /** The batches of the cursor's epoch, starting at the cursor: always the same ones. */
  from(cursor: Cursor): AsyncGenerator<LabelledBatch & { readonly next: Cursor }, void>;
};

/**
 * Cross-entropy summed over a batch's images. Without a seed there is no dropout of any kind, and all levels are passed.
 */
export function imageLoss(kind: Kind, { smoothing, randomDepth = 0, patchDropout = 0 }: LossOptions) {
  const most = [kind.config.levels];
  return (params: AnyParams, { images, shape, labels, mixed }: LabelledBatch, dropoutSeed?: number): tf.Scalar =>
    tf.tidy(() => {
      const [levels] = dropoutSeed === undefined ? most : drawDepths(dropoutSeed, randomDepth, most);
      const logits = classLogits({ ...kind, params }, tf.tensor4d(images, [...shape]), {
        dropoutSeed,
        levels,
        patchDropout,
      });
      const lossTo = (of: Int32Array) =>
        tf.sum(tokenLosses(logits, tf.tensor1d(of, 'int32'), { smoothing, padId: -1 })) as tf.Scalar;
      if (!mixed) return lossTo(labels);
      return tf.add(tf.mul(lossTo(labels), mixed.share), tf.mul(lossTo(mixed.others), 1 - mixed.share));
    });
}

export type LossOptions = {
  readonly smoothing: number;
  /** The share of batches that pass only some levels, none if absent; see `drawDepths` of @ringformer/core. */
  readonly randomDepth?: number;
  /** The share of each image's patches that training leaves out, none if absent, others each time. */
  readonly patchDropout?: number;
};

/** `mixup` is its α; 0 turns it off. */
export type TaskOptions = LossOptions & { readonly mixup: number; readonly seed: number };

/** Image classification as the trainer sees it. A batch depends only on the source, the seed and the cursor. */
export function imageTask(
  kind: Kind,
  source: ImageSource,
  { mixup, seed, ...options }: TaskOptions,
): TrainTask<AnyParams, LabelledBatch> & { close(): Promise<void> } {
  const loss = imageLoss(kind, options);
  const { batchesPerEpoch, every = 1 } = source;
  let ahead: { readonly batches: ReturnType<ImageSource['from']>; at: Cursor } | undefined;

  /** One reader continues from batch to batch; a new one begins at any other place and for each epoch. */
  const readerAt = async (cursor: Cursor) => {
    if (ahead && ahead.at.epoch === cursor.epoch && ahead.at.batch === cursor.batch && cursor.batch > 0) return ahead;
    await ahead?.batches.return();
    ahead = { batches: source.from(cursor), at: cursor };
    return ahead;
  };

  return {
    loss: (params, batch, dropoutSeed) => loss(params, batch, dropoutSeed),
    count: ({ labels }) => labels.length,
    close: async () => {
      await ahead?.batches.return();
    },
    skip: ({ epoch, batch }) =>
      batch + 1 < batchesPerEpoch ? { epoch, batch: batch + 1 } : { epoch: epoch + 1, batch: 0 },
    async read(cursor): Promise<Reading<LabelledBatch>> {
      const reader = await readerAt(cursor);
      const { value } = await reader.batches.next();
      const { next, ...batch } = value as LabelledBatch & { next: Cursor };
      reader.at = { epoch: cursor.epoch, batch: cursor.batch + every };
      return { batch: mixup > 0 ? mix(batch, mixup, mixSeed(seed, cursor)) : batch, next };
    },
  };
}

const mixSeed = (seed: number, { epoch, batch }: Cursor) => deriveSeed(deriveSeed(~seed, epoch), batch);
