import { affineNames, at, checkLayout, type SpecOf, signalNames } from '@ringformer/core/base';
import { lowRankSpec } from '@ringformer/level-signals/spec';
import type { Architecture, Vit } from './architecture.ts';
import type { VitConfig } from './config.ts';
import { attentionNames, ENCODER, feedForwardNames, OUTER_NAMES, sinusoidTable } from './name-tables.ts';
import type { AnyParams, VitParams } from './params.ts';
import { attentionSpec, embeddingSpec, feedForwardSpec, normSpec, outputSpec } from './spec.ts';

/** Shapes and initialisation of a RingFormer for images: one shared block, and levels with their own norms and signals. */
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

/** RingFormer for images (Heo et al., 2025): one block passed at every level, each with its own norms and signals. */
export const ringFormer: Architecture<VitParams> = {
  name: 'ring',
  positions: 'embedding',
  spec: vitSpec,
  names: [
    ...OUTER_NAMES,
    ...attentionNames('shared.attn', `${ENCODER}.layers.0.attn`),
    ...feedForwardNames('shared.ffn', `${ENCODER}.layers.0.ffn`),
    ...affineNames('levels.attnNorm', `${ENCODER}.ATTN_layer_norms.{i}`),
    ...affineNames('levels.ffnNorm', `${ENCODER}.FF_layer_norms.{i}`),
    ...signalNames('levels.signals', {
      query: `${ENCODER}.ATTN_lev_embed_Q`,
      key: `${ENCODER}.ATTN_lev_embed_K`,
      value: `${ENCODER}.ATTN_lev_embed_V`,
      ffn: `${ENCODER}.lev_embed_FF`,
    }),
  ],
  tables: sinusoidTable,
  levels: ({ levels }) =>
    Array.from({ length: levels }, (_, i) => ({
      attn: at('shared.attn'),
      attnNorm: at('levels.attnNorm', i),
      ffn: at('shared.ffn'),
      ffnNorm: at('levels.ffnNorm', i),
      signals: at('levels.signals', i),
    })),
};

/** The architecture given, or the ring. @throws RingformerError 'bad-config' if `config` is for another one. */
export function architectureOf({
  config,
  architecture = ringFormer,
}: Pick<Vit<AnyParams>, 'config' | 'architecture'>): Architecture {
  checkLayout('vit', config, architecture);
  return architecture;
}
