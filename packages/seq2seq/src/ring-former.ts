import { affineNames, at, checkLayout, type NameTable, type SpecOf, signalNames } from '@ringformer/core/base';
import { signalsSpec } from '@ringformer/level-signals/spec';
import type { Architecture, Seq2seq } from './architecture.ts';
import type { Seq2seqConfig } from './config.ts';
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

/** Shapes and initialisation of a RingFormer: one shared block per side, and levels with their own norms and signals. */
export function seq2seqSpec(config: Seq2seqConfig): SpecOf<Seq2seqParams> {
  const { dim, encoderLevels, decoderLevels, rank, signalInit } = config;
  const attn = attentionSpec(config);
  const ffn = feedForwardSpec(config);
  const norm = (levels: number) => normSpec(config, levels);
  const signals = (levels: number) => signalsSpec(levels, rank, dim, signalInit);
  return {
    encoder: {
      ...sourceSpec(config),
      shared: { attn, ffn },
      levels: { attnNorm: norm(encoderLevels), ffnNorm: norm(encoderLevels), signals: signals(encoderLevels) },
    },
    decoder: {
      ...targetSpec(config),
      shared: { self: attn, cross: attn, ffn },
      levels: {
        selfNorm: norm(decoderLevels),
        crossNorm: norm(decoderLevels),
        ffnNorm: norm(decoderLevels),
        signals: signals(decoderLevels),
      },
    },
    head: headSpec(config),
  };
}

/** What the levels of one side own. */
const levelNames = (side: string, norms: readonly string[]): NameTable => [
  ...norms.flatMap((norm, n) => affineNames(`${side}.levels.${norm}`, `${side}.layer_norms_0${n + 1}.{i}`)),
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
  ...levelNames('encoder', ['attnNorm', 'ffnNorm']),
  ...attentionNames('decoder.shared.self', 'decoder.decoders.0.masked_self_attention'),
  ...attentionNames('decoder.shared.cross', 'decoder.decoders.0.enc_dec_attention'),
  ...feedForwardNames('decoder.shared.ffn', 'decoder.decoders.0'),
  ...levelNames('decoder', ['selfNorm', 'crossNorm', 'ffnNorm']),
  ...HEAD_NAMES,
];

/** RingFormer (Heo et al., 2025): one block passed level after level; each level has its own norms and signals. */
export const ringFormer: Architecture<Seq2seqParams> = {
  name: 'ring',
  positions: 'embedding',
  spec: seq2seqSpec,
  names: REFERENCE_NAMES,
  tables: sinusoidTables,
  encoder: ({ encoderLevels }) =>
    Array.from({ length: encoderLevels }, (_, i) => ({
      attn: at('encoder.shared.attn'),
      attnNorm: at('encoder.levels.attnNorm', i),
      ffn: at('encoder.shared.ffn'),
      ffnNorm: at('encoder.levels.ffnNorm', i),
      signals: at('encoder.levels.signals', i),
    })),
  decoder: ({ decoderLevels }) =>
    Array.from({ length: decoderLevels }, (_, i) => ({
      self: at('decoder.shared.self'),
      selfNorm: at('decoder.levels.selfNorm', i),
      cross: at('decoder.shared.cross'),
      crossNorm: at('decoder.levels.crossNorm', i),
      ffn: at('decoder.shared.ffn'),
      ffnNorm: at('decoder.levels.ffnNorm', i),
      signals: at('decoder.levels.signals', i),
    })),
};

/** The architecture given, or the ring. @throws RingformerError 'bad-config' if `config` is for another one. */
export function architectureOf({
  config,
  architecture = ringFormer,
}: Pick<Seq2seq<AnyParams>, 'config' | 'architecture'>): Architecture {
  checkLayout('seq2seq', config, architecture);
  return architecture;
}
