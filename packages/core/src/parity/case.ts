import type * as tf from '@tensorflow/tfjs-core';
import type { Raw } from '../safetensors.ts';
import type { Tree } from '../tree.ts';

/** A tiny model and its recording. All functions compute on the running backend. */
export type Case<P extends Tree = Tree> = {
  readonly name: string;
  /** '3+3 levels, dim 32' */
  readonly sizes: string;
  readonly recorded: Recorded;
  /** Its parameters, which the caller owns. */
  load(): P;
  /** Computes every intermediate and passes it on by its recorded name; tensors end with the caller's `tf.tidy`. */
  forward(params: P, show: (name: string, x: tf.Tensor) => void): void;
  loss(params: P): tf.Scalar;
  /** Our names of parameters → the recorded ones. */
  rename(ours: Record<string, Raw>): Record<string, Raw>;
  /** What is printed for an intermediate, and for a parameter's gradient; gradients of the same kind share a line. */
  forwardKind(name: string): string;
  gradientKind(name: string): string;
  /** Greedy search, if ids were recorded. */
  generate?(params: P, signal?: AbortSignal): Promise<number[][]>;
  /** Beam search, if beams were recorded. */
  search?(params: P, signal?: AbortSignal): Promise<Beams>;
};

/** What another program recorded of one model on one batch. */
export type Recorded = {
  /** Embeddings, hidden states, attention, logits. */
  readonly intermediates: Readonly<Record<string, Raw>>;
  /** By the other program's parameter names. */
  readonly gradients: Readonly<Record<string, Raw>>;
  readonly training: Training;
  /** What greedy search finds for each sentence. */
  readonly ids?: readonly (readonly number[])[];
  readonly beams?: Beams;
};

/** The hypotheses of each sentence, best first, and the sum Σ log p of each. */
export type Beams = readonly (readonly { readonly tokens: readonly number[]; readonly score: number }[])[];

/** A run of Adam on the one batch; `losses[i]` and `grad_norms[i]` are measured before update i. */
export type Training = {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly clip_norm: number;
  readonly losses: readonly number[];
  readonly grad_norms: readonly number[];
  readonly final_loss: number;
};
