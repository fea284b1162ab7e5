import { type Attention, type FeedForward, type Norm, product } from '@ringformer/core';
import { affineNames, at, type FixedTable, levelTable } from '@ringformer/core/base';
import type { Architecture } from '../architecture.ts';
import type { Seq2seqConfig } from '../config.ts';
import {
  attentionNames,
  feedForwardNames,
  HEAD_NAMES,
  onBothSides,
  sinusoidTables,
  TOKEN_NAMES,
} from '../name-tables.ts';
import type { Embeddings, ModelParams, TargetEmbeddings } from '../params.ts';
import { attentionSpec, feedForwardSpec, headSpec, normSpec, sourceSpec, targetSpec } from '../spec.ts';

export type UniversalParams = ModelParams<
  Embeddings & {
    readonly shared: {
      readonly attn: Attention;
      readonly attnNorm: Norm;
      readonly ffn: FeedForward;
      readonly ffnNorm: Norm;
    };
  },
  TargetEmbeddings & {
    readonly shared: {
      readonly self: Attention;
      readonly selfNorm: Norm;
      readonly cross: Attention;
      readonly crossNorm: Norm;
      readonly ffn: FeedForward;
      readonly ffnNorm: Norm;
    };
  }
>;

/**
 * The Universal Transformer (Dehghani et al., 2019) in the authors' version: one block with its norms at every level. A
 * fixed table (`levelTable`), added to the stream before each level, encodes position and level. The embedding adds no
 * position, whatever `positions` says, and every level is passed: there is no adaptive halting.
 */
export const universal: Architecture<UniversalParams> = {
  name: 'universal',
  positions: 'levels',
  spec(given) {
    const config: Seq2seqConfig = { ...given, positions: 'sinusoidal' }; // no positions to learn
    const [attn, ffn, norm] = [attentionSpec(config), feedForwardSpec(config), normSpec(config)];
    return {
      encoder: { ...sourceSpec(config), shared: { attn, attnNorm: norm, ffn, ffnNorm: norm } },
      decoder: {
        ...targetSpec(config),
        shared: { self: attn, selfNorm: norm, cross: attn, crossNorm: norm, ffn, ffnNorm: norm },
      },
      head: headSpec(config),
    };
  },
  names: [
    ...TOKEN_NAMES,
    ...attentionNames('encoder.shared.attn', 'encoder.encoders.0.self_attention'),
    ...feedForwardNames('encoder.shared.ffn', 'encoder.encoders.0'),
    ...['attnNorm', 'ffnNorm'].flatMap((norm, n) =>
      affineNames(`encoder.shared.${norm}`, `encoder.encoders.0.layer_norm_0${n + 1}`),
    ),
    ...attentionNames('decoder.shared.self', 'decoder.decoders.0.masked_self_attention'),
    ...attentionNames('decoder.shared.cross', 'decoder.decoders.0.enc_dec_attention'),
    ...feedForwardNames('decoder.shared.ffn', 'decoder.decoders.0'),
    ...['selfNorm', 'crossNorm', 'ffnNorm'].flatMap((norm, n) =>
      affineNames(`decoder.shared.${norm}`, `decoder.decoders.0.layer_norm_0${n + 1}`),
    ),
    ...HEAD_NAMES,
  ],
  tables: (config) => [...positionTables(config), ...levelTables(config)],
  encoder: ({ encoderLevels }) =>
    Array.from({ length: encoderLevels }, () => ({
      attn: at('encoder.shared.attn'),
      attnNorm: at('encoder.shared.attnNorm'),
      ffn: at('encoder.shared.ffn'),
      ffnNorm: at('encoder.shared.ffnNorm'),
    })),
  decoder: ({ decoderLevels }) =>
    Array.from({ length: decoderLevels }, () => ({
      self: at('decoder.shared.self'),
      selfNorm: at('decoder.shared.selfNorm'),
      cross: at('decoder.shared.cross'),
      crossNorm: at('decoder.shared.crossNorm'),
      ffn: at('decoder.shared.ffn'),
      ffnNorm: at('decoder.shared.ffnNorm'),
    })),
};

/** The reference builds and stores positions, sinusoidal or learned, but never reads them. */
function positionTables(config: Seq2seqConfig): readonly FixedTable[] {
  const shape = [config.maxLength, config.dim];
  const fill = (shape: readonly number[]) => new Float32Array(product(shape));
  return config.positions === 'sinusoidal'
    ? sinusoidTables(config)
    : onBothSides('pos_layer.emb_layer.weight', { shape, fill, unread: true });
}

function levelTables({ encoderLevels, decoderLevels, maxLength, dim }: Seq2seqConfig): FixedTable[] {
  return Object.entries({ encoder: encoderLevels, decoder: decoderLevels }).map(([side, levels]) => ({
    name: `${side}.lev_layer.enc_le`,
    shape: [levels, 1, maxLength, dim],
    fill: ([l = 0, , n = 0]) => levelTable(l, n, dim),
  }));
}
