import type { Tree } from '@ringformer/core';
import type { Seq2seqConfig } from '@ringformer/seq2seq';
import type * as tf from '@tensorflow/tfjs-core';

/** Which loss a worker computes: plain data, for it is sent. */
export type WorkerTask = {
  readonly subject: 'translation';
  readonly config: Seq2seqConfig;
  readonly smoothing: number;
};

/** A model's form and its loss. */
export type WorkerLoss = {
  /** Parameters of the right shapes. */
  readonly shapes: Tree;
  loss(params: Tree, batch: unknown, dropoutSeed: number): tf.Scalar;
};
