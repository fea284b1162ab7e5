import type { Attention, FeedForward, Norm } from '@ringformer/core';
import { affineNames, at, levelTable, type NameTable, normal, type Spec } from '@ringformer/core/base';
import type * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../architecture.ts';
import { tokenCount, type VitConfig } from '../config.ts';
import { attentionNames, ENCODER, feedForwardNames, OUTER_NAMES } from '../name-tables.ts';
import type { AnyParams } from '../params.ts';
import { attentionSpec, embeddingSpec, feedForwardSpec, normSpec, outputSpec } from '../spec.ts';

export type UniversalParams = AnyParams & {
  readonly shared: {
    readonly attn: Attention;
    readonly attnNorm: Norm;
    readonly ffn: FeedForward;
    readonly ffnNorm: Norm;
  };
  /** [l·n d], only if `levelTable` is 'learnable': row i·n + p is what level i adds to token p. */
  readonly table?: tf.Tensor;
};

/**
 * The Universal Transformer (Dehghani et al., 2019) for images in the authors' version: one block with its norms at every
 * level. A fixed or learned table, added to the stream before each level, encodes position and level. The embedding adds no
 * position, and every level is passed: there is no adaptive halting.
 */
export const universal: Architecture<UniversalParams> = {
  name: 'universal',
  positions: 'levels',
  spec(config) {
    const norm = normSpec(config);
    return {
      ...embeddingSpec(config),
      shared: { attn: attentionSpec(config), attnNorm: norm, ffn: feedForwardSpec(config), ffnNorm: norm },
      ...(config.levelTable === 'learnable' ? { table: learnedTable(config) } : {}),
      ...outputSpec(config),
    };
  },
  names: [
    ...OUTER_NAMES,
    ...attentionNames('shared.attn', `${ENCODER}.layers.0.attn`),
    ...affineNames('shared.attnNorm', `${ENCODER}.layers.0.attention_norm`),
    ...feedForwardNames('shared.ffn', `${ENCODER}.layers.0.ffn`),
    ...affineNames('shared.ffnNorm', `${ENCODER}.layers.0.ff_norm`),
    ['table', `${ENCODER}.level_embed.level_embed.weight`],
  ] satisfies NameTable,
  tables: (config) =>
    config.levelTable === 'static'
      ? [
          {
            name: `${ENCODER}.level_embed.level_embed`,
            shape: [config.levels, 1, tokenCount(config), config.dim],
            fill: () => levelTable(config.levels, tokenCount(config), config.dim),
          },
        ]
      : [],
  levels: ({ levels }) =>
    Array.from({ length: levels }, () => ({
      attn: at('shared.attn'),
      attnNorm: at('shared.attnNorm'),
      ffn: at('shared.ffn'),
      ffnNorm: at('shared.ffnNorm'),
    })),
};

const learnedTable = (config: VitConfig): Spec => ({
  shape: [config.levels * tokenCount(config), config.dim],
  init: normal(1),
});
