import { affineNames, at, checkLayout, type NameTable, type SpecOf, signalNames } from '@ringformer/core/base';
import { chosenSignalsSpec, signalNamesOf } from '@ringformer/level-signals/spec';
import type { Architecture, Seq2seq } from './architecture.ts';
import type { Seq2seqConfig } from './config.ts';
import type { DecoderPlaces, EncoderPlaces } from './level-plan.ts';
import {
  attentionNames,
  feedForwardNames,
  HEAD_NAMES,
  POSITION_NAMES,
  sinusoidTables,
  TOKEN_NAMES,
} from './name-tables.ts';
import type { AnyParams, Seq2seqParams } from './params.ts';
import { attentionSpec, feedForwardSpec, headSpec, normSpec, sourceSpec, targetSpec } from './spec.ts';

const NORMS = { encoder: ['attnNorm', 'ffnNorm'], decoder: ['selfNorm', 'crossNorm', 'ffnNorm'] } as const;
type Side = keyof typeof NORMS;

/**
 * Shapes and initialisation of a RingFormer: one shared block per side, and levels with their own norms and signals. Under an
 * ablation, signals may be absent or static, and norms a part of the shared block.
 */
export function seq2seqSpec(config: Seq2seqConfig): SpecOf<Seq2seqParams> {
  const attn = attentionSpec(config);
  const ffn = feedForwardSpec(config);
  const parts = (side: Side, block: object) => {
    const levels = config[`${side}Levels`];
    const shared = config.norms === 'shared';
    const norm = normSpec(config, shared ? undefined : levels);
    const norms = Object.fromEntries(NORMS[side].map((name) => [name, norm]));
    return {
      shared: { ...block, ...(shared && norms) },
      levels: { ...(!shared && norms), signals: chosenSignalsSpec(levels, config) },
    };
  };
  const spec = {
    encoder: { ...sourceSpec(config), ...parts('encoder', { attn, ffn }) },
    decoder: { ...targetSpec(config), ...parts('decoder', { self: attn, cross: attn, ffn }) },
    head: headSpec(config),
  };
  return spec as unknown as SpecOf<Seq2seqParams>;
}

/** What the levels of one side own. */
const levelNames = (side: Side): NameTable => [
  ...NORMS[side].flatMap((norm, n) => affineNames(`${side}.levels.${norm}`, `${side}.layer_norms_0${n + 1}.{i}`)),
  ...signalNames(`${side}.levels.signals`, {
    query: `${side}.lev_param_SA_Q`,
    key: `${side}.lev_param_SA_K`,
    value: `${side}.lev_param_SA_V`,
    ffn: `${side}.lev_param_FF`,
  }),
];

/** Our names and those in the authors' PyTorch state_dict. */
export const REFERENCE_NAMES: NameTable = [
  ...TOKEN_NAMES,
  ...POSITION_NAMES,
  ...attentionNames('encoder.shared.attn', 'encoder.encoders.0.self_attention'),
  ...feedForwardNames('encoder.shared.ffn', 'encoder.encoders.0'),
  ...levelNames('encoder'),
  ...attentionNames('decoder.shared.self', 'decoder.decoders.0.masked_self_attention'),
  ...attentionNames('decoder.shared.cross', 'decoder.decoders.0.enc_dec_attention'),
  ...feedForwardNames('decoder.shared.ffn', 'decoder.decoders.0'),
  ...levelNames('decoder'),
  ...HEAD_NAMES,
];

/** Where the levels of one side find `block` and what is their own. */
function levelPlaces<Places extends EncoderPlaces | DecoderPlaces>(
  config: Seq2seqConfig,
  side: Side,
  block: readonly string[],
): Places[] {
  const norms = (i: number) =>
    NORMS[side].map((name) => [
      name,
      config.norms === 'shared' ? at(`${side}.shared.${name}`) : at(`${side}.levels.${name}`, i),
    ]);
  const signals = (i: number) =>
    signalNamesOf(config).length > 0 ? [['signals', at(`${side}.levels.signals`, i)]] : [];
  const parts = block.map((part) => [part, at(`${side}.shared.${part}`)]);
  return Array.from(
    { length: config[`${side}Levels`] },
    (_, i): Places => Object.fromEntries([...parts, ...norms(i), ...signals(i)]),
  );
}

/**
 * RingFormer (Heo et al., 2025): one block passed level after level; each level has its own norms and signals, as far as the
 * configuration's ablation leaves them.
 */
export const ringFormer: Architecture<Seq2seqParams> = {
  name: 'ring',
  positions: 'embedding',
  spec: seq2seqSpec,
  names: REFERENCE_NAMES,
  tables: sinusoidTables,
  encoder: (config) => levelPlaces<EncoderPlaces>(config, 'encoder', ['attn', 'ffn']),
  decoder: (config) => levelPlaces<DecoderPlaces>(config, 'decoder', ['self', 'cross', 'ffn']),
};

/** The architecture given, or the ring. @throws RingformerError 'bad-config' if `config` is for another one. */
export function architectureOf({
  config,
  architecture = ringFormer,
}: Pick<Seq2seq<AnyParams>, 'config' | 'architecture'>): Architecture {
  checkLayout('seq2seq', config, architecture);
  return architecture;
}
