import type { Backend } from '../backend.ts';

/** How far a backend may be from float64 loops and from what was recorded: docs/backends.md shows this table. */
export type Tolerances = {
  /** A number of an operation's result, as a share of the largest one. */
  readonly operation: number;
  /** The same of an operation's gradients, whose largest counts as at least 1. */
  readonly operationGradient: number;
  /** Embeddings, every level's hidden states and attention, logits: absolute. */
  readonly level: number;
  /** A number of a model's gradient, as a share of the tensor's largest; 1e-6 more is allowed. */
  readonly gradient: number;
  /** Each of 21 losses, before, between and behind 20 updates, as a share of its value. */
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
