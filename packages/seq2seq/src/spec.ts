// The building blocks of every architecture's spec. Initialisation is the reference's: PyTorch's default for projections,
// N(0, 0.02²) for the feed-forward network, N(0, 1) for embeddings.
import type { Attention, FeedForward, Linear, Norm } from '@ringformer/core';
import { type Init, normal, ones, type Spec, type SpecOf, uniform, zeros } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';
import type { AnyParams, Embeddings, TargetEmbeddings } from './params.ts';

export function attentionSpec({ dim, bias }: Seq2seqConfig): SpecOf<Attention> {
  const projection = linearSpec(dim, dim, bias, uniform(dim ** -0.5));
  return { query: projection, key: projection, value: projection, out: projection };
}

export function feedForwardSpec({ dim, mlpDim, bias }: Seq2seqConfig): SpecOf<FeedForward> {
  return { fc1: linearSpec(mlpDim, dim, bias, normal(0.02)), fc2: linearSpec(dim, mlpDim, bias, normal(0.02)) };
}

function linearSpec(out: number, inner: number, bias: boolean, init: Init): SpecOf<Linear> {
  return { weight: { shape: [out, inner], init }, ...(bias ? { bias: { shape: [out], init } } : {}) };
}

/** One norm [d], or those of `levels` [l d]. */
export function normSpec({ dim }: Seq2seqConfig, levels?: number): SpecOf<Norm> {
  const shape = levels === undefined ? [dim] : [levels, dim];
  return { weight: { shape, init: ones }, bias: { shape, init: zeros } };
}

export function sourceSpec(config: Seq2seqConfig): SpecOf<Embeddings> {
  const tokens = config.tie === 'all' ? {} : { tokens: tokensSpec(config, config.sourceVocab) };
  return { ...tokens, ...positionsSpec(config) };
}

export function targetSpec(config: Seq2seqConfig): SpecOf<TargetEmbeddings> {
  return { tokens: tokensSpec(config, config.targetVocab), ...positionsSpec(config) };
}

/** N(0, 1), or N(0, 1/d) if embeddings are multiplied by √d; the padding row is 0. */
function tokensSpec({ dim, padId, scaleEmbedding }: Seq2seqConfig, vocabulary: number): Spec {
  const fill = normal(scaleEmbedding ? dim ** -0.5 : 1);
  const init: Init = (size, seed) => fill(size, seed).fill(0, padId * dim, (padId + 1) * dim);
  return { shape: [vocabulary, dim], init };
}

function positionsSpec({ positions, maxLength, dim }: Seq2seqConfig): { positions?: Spec } {
  return positions === 'learned' ? { positions: { shape: [maxLength, dim], init: normal(1) } } : {};
}

export function headSpec({ dim, targetVocab, tie }: Seq2seqConfig): SpecOf<AnyParams['head']> {
  if (tie !== 'none') return { bias: { shape: [targetVocab], init: zeros } };
  const init = uniform(dim ** -0.5);
  return { weight: { shape: [targetVocab, dim], init }, bias: { shape: [targetVocab], init } };
}
