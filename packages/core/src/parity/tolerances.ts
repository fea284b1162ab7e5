import type { Backend } from '../backend.ts';

/** How far a backend may be from float64 loops and from the recordings: docs/backends.md shows this table. */
export type Tolerances = {
  /** A number of an operation's result, as a share of the largest one. */
  readonly operation: number;
  /** The same for an operation's gradients, whose largest counts as at least 1. */
  readonly operationGradient: number;
  /** Embeddings, every level's hidden states and attention, logits: absolute. */
  readonly level: number;
  /** A number of a model's gradient, as a share of the tensor's largest; another `GRADIENT_FLOOR` is allowed. */
  readonly gradient: number;
  /**
   * Each of 21 losses (before, between and after 20 updates) and each of the first gradient norms, as a share of its value.
   */
  readonly loss: number;
  /** Σ log p of a hypothesis that beam search finds: absolute. The hypotheses themselves are equal. */
  readonly score: number;
};

const CLOSE: Tolerances = {
  operation: 1e-5,
  operationGradient: 4e-5,
  level: 1e-4,
  gradient: 1e-4,
  loss: 5e-4,
  score: 1e-4,
};

/** Graphics processors may round exp, erf and division more coarsely. */
const GRAPHICS: Tolerances = {
  operation: 1e-3,
  operationGradient: 4e-3,
  level: 1e-2,
  gradient: 1e-2,
  loss: 1e-3,
  score: 1e-2,
};

export const TOLERANCES: Readonly<Record<Backend['name'], Tolerances>> = {
  cpu: CLOSE,
  wasm: CLOSE,
  tensorflow: CLOSE,
  cuda: CLOSE,
  webgl: GRAPHICS,
  webgpu: GRAPHICS,
};

/** Absolute, on top of the tolerance of a gradient: the gradient of a key's bias is 0 except for rounding. */
export const GRADIENT_FLOOR = 1e-6;

/**
 * How many updates' gradient norms are compared. Later ones say nothing: if a norm's variance is small the loss has kinks,
 * and a change of 1e-7 in the weights moves the norms of the reference's own run by a hundredth at update 18 (owf_a), and
 * its losses by 1e-4.
 */
export const NORM_UPDATES = 10;
