import type { Attention, FeedForward, Norm } from '@ringformer/core';
import { affineNames, at, type Layers, layersOf } from '@ringformer/core/base';
import type { Architecture } from '../architecture.ts';
import { attentionNames, ENCODER, feedForwardNames, OUTER_NAMES, sinusoidTable } from '../name-tables.ts';
import type { AnyParams } from '../params.ts';
import { attentionSpec, embeddingSpec, feedForwardSpec, normSpec, outputSpec } from '../spec.ts';

type Layer = { readonly attn: Attention; readonly attnNorm: Norm; readonly ffn: FeedForward; readonly ffnNorm: Norm };
export type VanillaParams = AnyParams & { readonly levels: Layers<Layer> };

/** The Vision Transformer (Dosovitskiy et al., 2021) in the authors' version: every layer has its own weights. */
export const vanilla: Architecture<VanillaParams> = {
  name: 'vanilla',
  positions: 'embedding',
  spec(config) {
    const [attn, ffn, norm] = [attentionSpec(config), feedForwardSpec(config), normSpec(config)];
    return {
      ...embeddingSpec(config),
      levels: layersOf(config.levels, { attn, attnNorm: norm, ffn, ffnNorm: norm }),
      ...outputSpec(config),
    };
  },
  names: [
    ...OUTER_NAMES,
    ...attentionNames('levels.{i}.attn', `${ENCODER}.layer.{i}.attn`),
    ...affineNames('levels.{i}.attnNorm', `${ENCODER}.layer.{i}.attention_norm`),
    ...feedForwardNames('levels.{i}.ffn', `${ENCODER}.layer.{i}.ffn`),
    ...affineNames('levels.{i}.ffnNorm', `${ENCODER}.layer.{i}.ffn_norm`),
  ],
  tables: sinusoidTable,
  levels: ({ levels }) =>
    Array.from({ length: levels }, (_, i) => ({
      attn: at(`levels.${i}.attn`),
      attnNorm: at(`levels.${i}.attnNorm`),
      ffn: at(`levels.${i}.ffn`),
      ffnNorm: at(`levels.${i}.ffnNorm`),
    })),
};
