import { tokenLosses } from '@ringformer/core';
import { type BatchOptions, batches, type Dataset } from '@ringformer/images';
import { type AnyVitParams, classLogits } from '@ringformer/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { Kind } from './task.ts';

/** Mean cross-entropy in nats, share of right answers, and how often each class [row] was taken for each [column]. */
export type Verdict = { readonly loss: number; readonly accuracy: number; readonly confusion: readonly number[][] };

/** Classifies a whole data set, without smoothing or dropout. @throws the signal's reason once it is aborted. */
export async function classifyAll(
  kind: Kind,
  params: AnyVitParams,
  dataset: Dataset,
  options: Omit<BatchOptions, 'shuffle' | 'seed'>,
  signal?: AbortSignal,
): Promise<Verdict> {
  const confusion = dataset.classes.map(() => dataset.classes.map(() => 0));
  let loss = 0;
  for await (const { images, shape, labels } of batches(dataset, { ...options, seed: 0, shuffle: false, signal })) {
    const [sum, found] = tf.tidy(() => {
      const logits = classLogits({ ...kind, params }, tf.tensor4d(images, [...shape]));
      const losses = tokenLosses(logits, tf.tensor1d(labels, 'int32'), { padId: -1 });
      return [tf.sum(losses), tf.argMax(logits, -1)] as const;
    });
    loss += (await sum.data())[0] as number;
    const classes = await found.data();
    tf.dispose([sum, found]);
    labels.forEach((label, i) => {
      const row = confusion[label] as number[];
      row[classes[i] as number] = (row[classes[i] as number] as number) + 1;
    });
  }
  const right = confusion.reduce((sum, row, i) => sum + (row[i] as number), 0);
  return { loss: loss / dataset.length, accuracy: right / dataset.length, confusion };
}
