import type { NameTable, SpecOf } from '@ringformer/core/base';
import { lowRankSpec } from '@ringformer/level-signals/spec';
import type { Layout } from './architecture.ts';
import type { VitConfig } from './config.ts';
import { affineNames, attentionNames, ENCODER, feedForwardNames, OUTER_NAMES, sinusoidTable } from './name-tables.ts';
import type { VitParams } from './params.ts';
import { attentionSpec, embeddingSpec, feedForwardSpec, normSpec, outputSpec } from './spec.ts';

/** Shapes and initialisation of a RingFormer for images: one shared block, levels that own norms and signals. */
export function vitSpec(config: VitConfig): SpecOf<VitParams> {
  const { dim, levels, rank, ffnRank, signalInit } = config;
  const signal = lowRankSpec(levels, rank, dim, signalInit);
  const ffn = lowRankSpec(levels, ffnRank, dim, signalInit);
  return {
    ...embeddingSpec(config),
    shared: { attn: attentionSpec(config), ffn: feedForwardSpec(config) },
    levels: {
      attnNorm: normSpec(config, levels),
      ffnNorm: normSpec(config, levels),
      signals: { query: signal, key: signal, value: signal, ffn },
    },
    ...outputSpec(config),
  };
}

const SIGNALS = {
  query: 'ATTN_lev_embed_Q',
  key: 'ATTN_lev_embed_K',
  value: 'ATTN_lev_embed_V',
  ffn: 'lev_embed_FF',
};

/** RingFormer's parameters, for what needs no tensors. */
export const ringLayout: Layout<VitParams> = {
  name: 'ring',
  spec: vitSpec,
  names: [
    ...OUTER_NAMES,
    ...attentionNames('shared.attn', `${ENCODER}.layers.0.attn`),
    ...feedForwardNames('shared.ffn', `${ENCODER}.layers.0.ffn`),
    ...affineNames('levels.attnNorm', `${ENCODER}.ATTN_layer_norms.{i}`),
    ...affineNames('levels.ffnNorm', `${ENCODER}.FF_layer_norms.{i}`),
    ...Object.entries(SIGNALS).flatMap(
      ([ours, theirs]): NameTable => [
        [`levels.signals.${ours}.up`, `${ENCODER}.${theirs}_01`],
        [`levels.signals.${ours}.down`, `${ENCODER}.${theirs}_02`],
      ],
    ),
  ],
  tables: sinusoidTable,
};
