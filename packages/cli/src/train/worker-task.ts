import type { Tree } from '@ringformer/core';
import type { Seq2seqConfig } from '@ringformer/seq2seq';
import type { VitConfig } from '@ringformer/vit';
import type * as tf from '@tensorflow/tfjs-core';

type Task<Name, Config> = {
  readonly subject: Name;
  readonly config: Config;
  readonly smoothing: number;
  readonly randomDepth: number;
};
export type TranslationTask = Task<'translation', Seq2seqConfig>;
export type VisionTask = Task<'vision', VitConfig> & { readonly patchDropout: number };
/** Which loss a worker computes: plain data, because it is sent as a message. */
export type WorkerTask = TranslationTask | VisionTask;

/** A model's shapes and its loss. */
export type WorkerLoss = {
  /** Parameters with the right shapes. */
  readonly shapes: Tree;
  loss(params: Tree, batch: unknown, dropoutSeed: number): tf.Scalar;
};
