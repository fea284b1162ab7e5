import type * as tf from '@tensorflow/tfjs-core';
import type { Raw } from '../safetensors.ts';
import type { Tree } from '../tree.ts';

/** Beam search over a batch: the hypotheses of each sentence, best first, and the sum Σ log p of each. */
export type Beams = readonly (readonly { readonly tokens: readonly number[]; readonly score: number }[])[];

/** What another program recorded of a tiny model: every intermediate, gradients, a run of Adam, generated ids. */
export type Recorded = {
  readonly forward: Record<string, Raw>;
  readonly grads: Record<string, Raw>;
  readonly training: { readonly lr: number; readonly clipNorm: number; readonly losses: readonly number[] };
  readonly ids?: readonly (readonly number[])[];
  readonly beams?: Beams;
};

/** A tiny model beside what was recorded of it. All functions run on the backend that was started. */
export type ModelCase<P extends Tree> = {
  readonly name: string;
  readonly recorded: Recorded;
  /** Its parameters, which the caller owns. */
  readonly load: () => P;
  /** Every intermediate by its recorded name. */
  readonly forward: (params: P) => Record<string, tf.Tensor>;
  readonly loss: (params: P) => tf.Scalar;
  /** Our names of parameters → the recorded ones. */
  readonly rename: (ours: Record<string, Raw>) => Record<string, Raw>;
  /** Where ids were recorded. */
  readonly generate?: (params: P) => Promise<number[][]>;
  /** Where beams were recorded. */
  readonly search?: (params: P) => Promise<Beams>;
};
