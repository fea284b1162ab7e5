import type { Attention, FeedForward, Norm } from '@ringformer/core';
import { affineNames, at, type Layers, layersOf } from '@ringformer/core/base';
import type { Architecture } from '../architecture.ts';
import {
  attentionNames,
  feedForwardNames,
  HEAD_NAMES,
  POSITION_NAMES,
  sinusoidTables,
  TOKEN_NAMES,
} from '../name-tables.ts';
import type { Embeddings, ModelParams, TargetEmbeddings } from '../params.ts';
import { attentionSpec, feedForwardSpec, headSpec, normSpec, sourceSpec, targetSpec } from '../spec.ts';

export type OneWideFfnParams = ModelParams<
  Embeddings & {
    readonly shared: { readonly ffn: FeedForward; readonly ffnNorm: Norm };
    readonly levels: Layers<{ readonly attn: Attention; readonly norm: Norm }>;
  },
  TargetEmbeddings & {
    readonly levels: Layers<{ readonly self: Attention; readonly cross: Attention; readonly norm: Norm }>;
  }
>;

/**
 * One Wide Feedforward (Pires et al., 2023) in the authors' version: every layer has its own attention; all
 * encoder layers share one feed-forward network and its norm; the decoder has none, and its two sublayers share a norm.
 * The network is as wide as `mlpDim` says; nothing widens it.
 */
export const oneWideFfn: Architecture<OneWideFfnParams> = {
  name: 'owf',
  positions: 'embedding',
  spec(config) {
    const attn = attentionSpec(config);
    const norm = normSpec(config);
    return {
      encoder: {
        ...sourceSpec(config),
        shared: { ffn: feedForwardSpec(config), ffnNorm: norm },
        levels: layersOf(config.encoderLevels, { attn, norm }),
      },
      decoder: { ...targetSpec(config), levels: layersOf(config.decoderLevels, { self: attn, cross: attn, norm }) },
      head: headSpec(config),
    };
  },
  names: [
    ...TOKEN_NAMES,
    ...POSITION_NAMES,
    ...feedForwardNames('encoder.shared.ffn', 'encoder.FFN'),
    ...affineNames('encoder.shared.ffnNorm', 'encoder.FFN.layer_norm'),
    ...attentionNames('encoder.levels.{i}.attn', 'encoder.encoders.{i}.self_attention'),
    ...affineNames('encoder.levels.{i}.norm', 'encoder.encoders.{i}.layer_norm'),
    ...attentionNames('decoder.levels.{i}.self', 'decoder.decoders.{i}.masked_self_attention'),
    ...attentionNames('decoder.levels.{i}.cross', 'decoder.decoders.{i}.enc_dec_attention'),
    ...affineNames('decoder.levels.{i}.norm', 'decoder.decoders.{i}.layer_norm'),
    ...HEAD_NAMES,
  ],
  tables: sinusoidTables,
  encoder: ({ encoderLevels }) =>
    Array.from({ length: encoderLevels }, (_, i) => ({
      attn: at(`encoder.levels.${i}.attn`),
      attnNorm: at(`encoder.levels.${i}.norm`),
      ffn: at('encoder.shared.ffn'),
      ffnNorm: at('encoder.shared.ffnNorm'),
    })),
  decoder: ({ decoderLevels }) =>
    Array.from({ length: decoderLevels }, (_, i) => ({
      self: at(`decoder.levels.${i}.self`),
      selfNorm: at(`decoder.levels.${i}.norm`),
      cross: at(`decoder.levels.${i}.cross`),
      crossNorm: at(`decoder.levels.${i}.norm`),
    })),
};
