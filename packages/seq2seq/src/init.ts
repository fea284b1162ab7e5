import { initTree } from '@ringformer/core';
import type { Architecture, Seq2seq } from './architecture.ts';
import type { Seq2seqConfig } from './config.ts';
import type { AnyParams, Seq2seqParams } from './params.ts';
import { architectureOf } from './ring.ts';

/** A new model from `seed`, the same on every backend. The caller owns its tensors. */
export function initSeq2seq<P extends AnyParams = Seq2seqParams>(
  config: Seq2seqConfig,
  seed: number,
  architecture?: Architecture<P>,
): Seq2seq<P> {
  const { spec } = architectureOf({ config, architecture });
  return { config, params: initTree<P>(spec(config), seed), architecture };
}
