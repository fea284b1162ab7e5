import type { Attention, FeedForward, Norm } from '@ringformer/core';
import { affineNames, at, type Layers, layersOf } from '@ringformer/core/base';
import type { Architecture } from '../architecture.ts';
import { attentionNames, ENCODER, feedForwardNames, OUTER_NAMES, sinusoidTable } from '../name-tables.ts';
import type { AnyParams } from '../params.ts';
import { attentionSpec, embeddingSpec, feedForwardSpec, normSpec, outputSpec } from '../spec.ts';

export type OneWideFfnParams = AnyParams & {
  readonly shared: { readonly ffn: FeedForward; readonly ffnNorm: Norm };
  readonly levels: Layers<{ readonly attn: Attention; readonly attnNorm: Norm }>;
};

/**
 * One Wide Feedforward (Pires et al., 2023) in the authors' version: every layer has its own attention, followed by one
 * feed-forward network with its norm that all layers share. The network is as wide as `mlpDim` says.
 */
export const oneWideFfn: Architecture<OneWideFfnParams> = {
  name: 'owf',
  positions: 'embedding',
  spec(config) {
    const norm = normSpec(config);
    return {
      ...embeddingSpec(config),
      shared: { ffn: feedForwardSpec(config), ffnNorm: norm },
      levels: layersOf(config.levels, { attn: attentionSpec(config), attnNorm: norm }),
      ...outputSpec(config),
    };
  },
  names: [
    ...OUTER_NAMES,
    ...feedForwardNames('shared.ffn', `${ENCODER}.ff_block.ffn`),
    ...affineNames('shared.ffnNorm', `${ENCODER}.ff_block.ff_norm`),
    ...attentionNames('levels.{i}.attn', `${ENCODER}.attn_blocks.{i}.attn`),
    ...affineNames('levels.{i}.attnNorm', `${ENCODER}.attn_blocks.{i}.attention_norm`),
  ],
  tables: sinusoidTable,
  levels: ({ levels }) =>
    Array.from({ length: levels }, (_, i) => ({
      attn: at(`levels.${i}.attn`),
      attnNorm: at(`levels.${i}.attnNorm`),
      ffn: at('shared.ffn'),
      ffnNorm: at('shared.ffnNorm'),
    })),
};
