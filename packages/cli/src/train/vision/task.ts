import { type Cursor, deriveSeed, type Reading, randomUniform, type TrainTask, tokenLosses } from '@ringformer/core';
import {
  type BatchOptions,
  batches,
  batchesPerEpoch,
  type Dataset,
  type ImageBatch,
  type Workers,
} from '@ringformer/images';
import { type AnyVitParams, classLogits, type Vit } from '@ringformer/vit';
import * as tf from '@tensorflow/tfjs-core';

/** A model without its parameters. */
export type Kind = Pick<Vit<AnyVitParams>, 'config' | 'architecture'>;

/** Images and labels; with mixup each image is a mixture with that of `others`, `share` of it its own. */
export type LabelledBatch = Pick<ImageBatch, 'images' | 'shape' | 'labels'> & {
  readonly mixed?: { readonly others: Int32Array; readonly share: number };
};

/** Cross-entropy summed over a batch's images. */
export function imageLoss(kind: Kind, smoothing: number) {
  return (params: AnyVitParams, { images, shape, labels, mixed }: LabelledBatch, dropoutSeed?: number): tf.Scalar =>
    tf.tidy(() => {
      const logits = classLogits({ ...kind, params }, tf.tensor4d(images, [...shape]), { dropoutSeed });
      const lossTo = (of: Int32Array) =>
        tf.sum(tokenLosses(logits, tf.tensor1d(of, 'int32'), { smoothing, padId: -1 })) as tf.Scalar;
      if (!mixed) return lossTo(labels);
      return tf.add(tf.mul(lossTo(labels), mixed.share), tf.mul(lossTo(mixed.others), 1 - mixed.share));
    });
}

type Options = { readonly smoothing: number; readonly mixup: number; readonly seed: number };

/** Image classification as the trainer sees it. What a batch is depends on the seed and the cursor alone. */
export function imageTask(
  kind: Kind,
  dataset: Dataset,
  reading: BatchOptions & { readonly workers: Workers | 0; readonly signal: AbortSignal },
  { smoothing, mixup, seed }: Options,
): TrainTask<AnyVitParams, LabelledBatch> & { readonly batchesPerEpoch: number; close(): Promise<void> } {
  const loss = imageLoss(kind, smoothing);
  let ahead: { readonly batches: AsyncGenerator<ImageBatch, void>; at: Cursor } | undefined;

  /** The reader goes on from batch to batch; elsewhere, and for another epoch, a new one begins. */
  const readerAt = async (cursor: Cursor) => {
    if (ahead && ahead.at.epoch === cursor.epoch && ahead.at.batch === cursor.batch && cursor.batch > 0) return ahead;
    await ahead?.batches.return();
    ahead = { batches: batches(dataset, { ...reading, ...cursor }), at: cursor };
    return ahead;
  };

  return {
    batchesPerEpoch: batchesPerEpoch(dataset.length, reading),
    loss: (params, batch, dropoutSeed) => loss(params, batch, dropoutSeed),
    count: ({ labels }) => labels.length,
    close: async () => {
      await ahead?.batches.return();
    },
    async read(cursor): Promise<Reading<LabelledBatch>> {
      const reader = await readerAt(cursor);
      const { value } = await reader.batches.next();
      const { next, ...batch } = value as ImageBatch;
      reader.at = next;
      return { batch: mixup > 0 ? mix(batch, mixup, mixSeed(seed, cursor)) : batch, next };
    },
  };
}

const mixSeed = (seed: number, { epoch, batch }: Cursor) => deriveSeed(deriveSeed(~seed, epoch), batch);

/** mixup (Zhang et al., 2018): each image with the one as far from the batch's other end, by one share from Beta(α, α). */
export function mix({ images, shape, labels }: LabelledBatch, alpha: number, seed: number): LabelledBatch {
  const share = randomBeta(alpha, seed);
  const count = labels.length;
  const size = images.length / count;
  const blended = images.map((x, at) => {
    const i = Math.floor(at / size);
    return share * x + (1 - share) * (images[(count - 1 - i) * size + (at - i * size)] as number);
  });
  return { images: blended, shape, labels, mixed: { others: labels.toReversed(), share } };
}

/** A number from Beta(α, α), by Jöhnk's method (1964). */
export function randomBeta(alpha: number, seed: number): number {
  for (let round = 0; ; round++) {
    const [u = 0, v = 0] = randomUniform(2, deriveSeed(seed, round));
    const [x, y] = [u ** (1 / alpha), v ** (1 / alpha)];
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}
