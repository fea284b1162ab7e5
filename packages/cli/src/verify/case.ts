import type { Raw, Tree } from '@ringformer/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Finding } from './compare.ts';

/** A model on the running backend beside what was recorded of it. */
export type Case<P extends Tree = Tree> = {
  readonly name: string;
  /** '3+3 levels, dim 32' */
  readonly sizes: string;
  /** Every recorded intermediate by the reference's names, inputs left out. */
  readonly recorded: Readonly<Record<string, Raw>>;
  /** By the reference's parameter names. */
  readonly grads: Readonly<Record<string, Raw>>;
  readonly train: Training;
  /** Its parameters, which the caller owns. */
  load(): P;
  /** Computes everything and shows it by the reference's names. */
  forward(params: P, show: (name: string, x: tf.Tensor) => void): void;
  loss(params: P): tf.Scalar;
  /** Our names of parameters → the reference's. */
  rename(ours: Record<string, Raw>): Record<string, Raw>;
  /** What is printed for an intermediate, and for a parameter's gradient; gradients of one kind are one line. */
  forwardKind(name: string): string;
  gradientKind(name: string): string;
  /** What else was recorded. */
  more?(params: P, signal?: AbortSignal): Promise<Finding[]>;
};

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
