import { type Dropout, deriveSeed } from '@ringformer/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * Options of one forward pass. Without `dropoutSeed` there is no dropout. `tap` sees named intermediates, for example
 * 'encoder.3.hidden' or 'decoder.0.crossAttn'; `tf.keep` what must outlive the call.
 */
export type Pass = {
  readonly dropoutSeed?: number;
  readonly tap?: (name: string, x: tf.Tensor) => void;
  /** How many levels to pass, counted from the first. Default: all. */
  readonly levels?: number;
};

/** The next dropout site of a pass: each gets its own seed. */
export function dropoutSites(rate: number, { dropoutSeed }: Pass, stream: number): () => Dropout {
  if (dropoutSeed === undefined) return () => ({ rate: 0, seed: 0 });
  const base = deriveSeed(dropoutSeed, stream);
  let site = 0;
  return () => ({ rate, seed: deriveSeed(base, site++) });
}
