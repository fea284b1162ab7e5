import { affineNames, at, checkLayout, type SpecOf, signalNames } from '@ringformer/core/base';
import { chosenSignalsSpec, signalNamesOf } from '@ringformer/level-signals/spec';
import type { Architecture, Vit } from './architecture.ts';
import type { VitConfig } from './config.ts';
import { attentionNames, ENCODER, feedForwardNames, OUTER_NAMES, sinusoidTable } from './name-tables.ts';
import type { AnyParams, VitParams } from './params.ts';
import { attentionSpec, embeddingSpec, feedForwardSpec, normSpec, outputSpec } from './spec.ts';

/**
 * Shapes and initialisation of a RingFormer for images: one shared block, and levels with their own norms and signals. Under
 * an ablation, signals may be absent or static, and norms a part of the shared block.
 */
export function vitSpec(config: VitConfig): SpecOf<VitParams> {
  const shared = config.norms === 'shared';
  const norm = normSpec(config, shared ? undefined : config.levels);
  const norms = { attnNorm: norm, ffnNorm: norm };
  const spec = {
    ...embeddingSpec(config),
    shared: { attn: attentionSpec(config), ffn: feedForwardSpec(config), ...(shared && norms) },
    levels: { ...(!shared && norms), signals: chosenSignalsSpec(config.levels, config) },
    ...outputSpec(config),
  };
  return spec as unknown as SpecOf<VitParams>;
}

/**
 * RingFormer for images (Heo et al., 2025): one block passed at every level, each with its own norms and signals, as far as
 * the configuration's ablation leaves them.
 */
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
  levels: (config) => {
    const norm = (name: string, i: number) =>
      config.norms === 'shared' ? at(`shared.${name}`) : at(`levels.${name}`, i);
    return Array.from({ length: config.levels }, (_, i) => ({
      attn: at('shared.attn'),
      attnNorm: norm('attnNorm', i),
      ffn: at('shared.ffn'),
      ffnNorm: norm('ffnNorm', i),
      ...(signalNamesOf(config).length > 0 && { signals: at('levels.signals', i) }),
    }));
  },
};

/** The architecture given, or the ring. @throws RingformerError 'bad-config' if `config` is for another one. */
export function architectureOf({
  config,
  architecture = ringFormer,
}: Pick<Vit<AnyParams>, 'config' | 'architecture'>): Architecture {
  checkLayout('vit', config, architecture);
  return architecture;
}
