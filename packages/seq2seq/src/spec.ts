import type { Attention, FeedForward, Linear, Norm } from '@ringformer/core';
import { type Init, normal, ones, type Spec, type SpecOf, uniform, zeros } from '@ringformer/core/base';
import { signalsSpec } from '@ringformer/level-signals/spec';
import type { Seq2seqConfig } from './config.ts';
import type { Seq2seqParams } from './params.ts';

/** Shapes and initialisation: PyTorch's for projections, N(0, 0.02²) for the feed-forward network, as the reference. */
export function seq2seqSpec(config: Seq2seqConfig): SpecOf<Seq2seqParams> {
  const { dim, mlpDim, encoderLevels, decoderLevels, rank, signalInit, tie } = config;
  const linearSpec = (out: number, inner: number, init: Init): SpecOf<Linear> => ({
    weight: { shape: [out, inner], init },
    ...(config.bias ? { bias: { shape: [out], init } } : {}),
  });
  const projection = linearSpec(dim, dim, uniform(dim ** -0.5));
  const attn: SpecOf<Attention> = { query: projection, key: projection, value: projection, out: projection };
  const ffn: SpecOf<FeedForward> = {
    fc1: linearSpec(mlpDim, dim, normal(0.02)),
    fc2: linearSpec(dim, mlpDim, normal(0.02)),
  };
  const norm = (levels: number): SpecOf<Norm> => ({
    weight: { shape: [levels, dim], init: ones },
    bias: { shape: [levels, dim], init: zeros },
  });
  const signals = (levels: number) => signalsSpec(levels, rank, dim, signalInit);
  const tokens = (vocabulary: number): Spec => ({ shape: [vocabulary, dim], init: embedding(config) });
  const positions =
    config.positions === 'learned' ? { positions: { shape: [config.maxLength, dim], init: normal(1) } } : {};
  return {
    encoder: {
      ...(tie === 'all' ? {} : { tokens: tokens(config.sourceVocab) }),
      ...positions,
      shared: { attn, ffn },
      levels: { attnNorm: norm(encoderLevels), ffnNorm: norm(encoderLevels), signals: signals(encoderLevels) },
    },
    decoder: {
      tokens: tokens(config.targetVocab),
      ...positions,
      shared: { self: attn, cross: attn, ffn },
      levels: {
        selfNorm: norm(decoderLevels),
        crossNorm: norm(decoderLevels),
        ffnNorm: norm(decoderLevels),
        signals: signals(decoderLevels),
      },
    },
    head: {
      ...(tie === 'none' ? { weight: { shape: [config.targetVocab, dim], init: uniform(dim ** -0.5) } } : {}),
      bias: { shape: [config.targetVocab], init: tie === 'none' ? uniform(dim ** -0.5) : zeros },
    },
  };
}

/** N(0, 1), or N(0, 1/d) where the input multiplies by √d; the padding row is 0. */
function embedding({ dim, padId, scaleEmbedding }: Seq2seqConfig): Init {
  const fill = normal(scaleEmbedding ? dim ** -0.5 : 1);
  return (size, seed) => fill(size, seed).fill(0, padId * dim, (padId + 1) * dim);
}
