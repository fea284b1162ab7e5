import {
  type Attention,
  type Init,
  initTree,
  type Linear,
  type Norm,
  normal,
  ones,
  type Spec,
  type SpecOf,
  uniform,
  zeros,
} from '@ringformer/core';
import { type Signals, signalsSpec } from '@ringformer/level-signals';
import type * as tf from '@tensorflow/tfjs-core';
import type { Seq2seqConfig } from './config.ts';

/** The position-wise feed-forward network: fc1 [f d], fc2 [d f]. */
export type FeedForward = { readonly fc1: Linear; readonly fc2: Linear };

/** What each encoder level owns, leaves [l …]. */
export type EncoderLevel = { readonly attnNorm: Norm; readonly ffnNorm: Norm; readonly signals: Signals };
/** What each decoder level owns, leaves [l …]. */
export type DecoderLevel = {
  readonly selfNorm: Norm;
  readonly crossNorm: Norm;
  readonly ffnNorm: Norm;
  readonly signals: Signals;
};

/** One shared block, many levels. `tokens` [v d] is absent where the target's table is shared; `positions` [n d] only where learned. */
export type EncoderParams = {
  readonly tokens?: tf.Tensor;
  readonly positions?: tf.Tensor;
  readonly shared: { readonly attn: Attention; readonly ffn: FeedForward };
  readonly levels: EncoderLevel;
};
export type DecoderParams = {
  readonly tokens: tf.Tensor;
  readonly positions?: tf.Tensor;
  readonly shared: { readonly self: Attention; readonly cross: Attention; readonly ffn: FeedForward };
  readonly levels: DecoderLevel;
};
/** `head.weight` [v d] is absent where the output layer shares the target's table. */
export type Seq2seqParams = {
  readonly encoder: EncoderParams;
  readonly decoder: DecoderParams;
  readonly head: { readonly weight?: tf.Tensor; readonly bias: tf.Tensor };
};

/** A configuration and its weights. */
export type Seq2seq = { readonly config: Seq2seqConfig; readonly params: Seq2seqParams };

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

/** A new model from `seed`, the same on every backend. The caller owns its tensors. */
export function initSeq2seq(config: Seq2seqConfig, seed: number): Seq2seq {
  return { config, params: initTree<Seq2seqParams>(seq2seqSpec(config), seed) };
}
