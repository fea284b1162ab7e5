import { tokenLosses } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import { classLogits } from '../encode.ts';
import type { AnyParams } from '../params.ts';
import type { LabelledBatch } from './labelled.ts';
import type { Kind } from './task.ts';

/** Mean cross-entropy in nats, share of correct answers, and how often each class [row] was taken for each [column]. */
export type Verdict = { readonly loss: number; readonly accuracy: number; readonly confusion: readonly number[][] };

/** Classifies all images of `batches`, without smoothing or dropout. @throws what reading `batches` throws */
export async function judgeImages(
  kind: Kind,
  params: AnyParams,
  batches: AsyncIterable<LabelledBatch>,
): Promise<Verdict> {
  const { classes } = kind.config;
  const confusion = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  let loss = 0;
  let count = 0;
  for await (const { images, shape, labels } of batches) {
    const [sum, found] = tf.tidy(() => {
      const logits = classLogits({ ...kind, params }, tf.tensor4d(images, [...shape]));
      const losses = tokenLosses(logits, tf.tensor1d(labels, 'int32'), { padId: -1 });
      return [tf.sum(losses), tf.argMax(logits, -1)] as const;
    });
    loss += (await sum.data())[0] as number;
    count += labels.length;
    const taken = await found.data();
    tf.dispose([sum, found]);
    labels.forEach((label, i) => {
      const row = confusion[label] as number[];
      row[taken[i] as number] = row[taken[i] as number]! + 1;
    });
  }
  const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
  return { loss: loss / count, accuracy: right / count, confusion };
}
