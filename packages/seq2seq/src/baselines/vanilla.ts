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

type EncoderLayer = { readonly attn: Attention; readonly ffn: FeedForward; readonly norm: Norm };
type DecoderLayer = {
  readonly self: Attention;
  readonly cross: Attention;
  readonly ffn: FeedForward;
  readonly norm: Norm;
};
export type VanillaParams = ModelParams<
  Embeddings & { readonly levels: Layers<EncoderLayer> },
  TargetEmbeddings & { readonly levels: Layers<DecoderLayer> }
>;

/**
 * The Transformer (Vaswani et al., 2017) in the authors' version: every layer has its own weights. Each has one norm,
 * which all of its sublayers share.
 */
export const vanilla: Architecture<VanillaParams> = {
  name: 'vanilla',
  positions: 'embedding',
  spec(config) {
    const attn = attentionSpec(config);
    const ffn = feedForwardSpec(config);
    const norm = normSpec(config);
    return {
      encoder: { ...sourceSpec(config), levels: layersOf(config.encoderLevels, { attn, ffn, norm }) },
      decoder: {
        ...targetSpec(config),
        levels: layersOf(config.decoderLevels, { self: attn, cross: attn, ffn, norm }),
      },
      head: headSpec(config),
    };
  },
  names: [
    ...TOKEN_NAMES,
    ...POSITION_NAMES,
    ...attentionNames('encoder.levels.{i}.attn', 'encoder.encoders.{i}.self_attention'),
    ...feedForwardNames('encoder.levels.{i}.ffn', 'encoder.encoders.{i}'),
    ...affineNames('encoder.levels.{i}.norm', 'encoder.encoders.{i}.layer_norm'),
    ...attentionNames('decoder.levels.{i}.self', 'decoder.decoders.{i}.masked_self_attention'),
    ...attentionNames('decoder.levels.{i}.cross', 'decoder.decoders.{i}.enc_dec_attention'),
    ...feedForwardNames('decoder.levels.{i}.ffn', 'decoder.decoders.{i}'),
    ...affineNames('decoder.levels.{i}.norm', 'decoder.decoders.{i}.layer_norm'),
    ...HEAD_NAMES,
  ],
  tables: sinusoidTables,
  encoder: ({ encoderLevels }) =>
    Array.from({ length: encoderLevels }, (_, i) => ({
      attn: at(`encoder.levels.${i}.attn`),
      attnNorm: at(`encoder.levels.${i}.norm`),
      ffn: at(`encoder.levels.${i}.ffn`),
      ffnNorm: at(`encoder.levels.${i}.norm`),
    })),
  decoder: ({ decoderLevels }) =>
    Array.from({ length: decoderLevels }, (_, i) => ({
      self: at(`decoder.levels.${i}.self`),
      selfNorm: at(`decoder.levels.${i}.norm`),
      cross: at(`decoder.levels.${i}.cross`),
      crossNorm: at(`decoder.levels.${i}.norm`),
      ffn: at(`decoder.levels.${i}.ffn`),
      ffnNorm: at(`decoder.levels.${i}.norm`),
    })),
};
