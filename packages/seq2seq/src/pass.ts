import { type Dropout, deriveSeed } from '@ringformer/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * Options of one forward pass. No `dropoutSeed`, no dropout. `tap` sees named intermediates, for instance
 * 'encoder.3.hidden' or 'decoder.0.crossAttn'; `tf.keep` what must outlive the call.
 */
export type Pass = {
  readonly dropoutSeed?: number;
  readonly tap?: (name: string, x: tf.Tensor) => void;
  /** How many levels are passed: the first so many of the model's; all where absent. */
  readonly levels?: number;
};

/** The next dropout site of a pass: each gets a seed of its own. */
export function dropoutSites(rate: number, { dropoutSeed }: Pass, stream: number): () => Dropout {
  if (dropoutSeed === undefined) return () => ({ rate: 0, seed: 0 });
  const base = deriveSeed(dropoutSeed, stream);
  let site = 0;
  return () => ({ rate, seed: deriveSeed(base, site++) });
}
