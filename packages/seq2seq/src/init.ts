import { initTree } from '@ringformer/core';
import type { Seq2seqConfig } from './config.ts';
import type { Seq2seq, Seq2seqParams } from './params.ts';
import { seq2seqSpec } from './spec.ts';

/** A new model from `seed`, the same on every backend. The caller owns its tensors. */
export function initSeq2seq(config: Seq2seqConfig, seed: number): Seq2seq {
  return { config, params: initTree<Seq2seqParams>(seq2seqSpec(config), seed) };
}
