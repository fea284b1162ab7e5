import type { NameTable, SpecOf } from '@ringformer/core/base';
import { signalsSpec } from '@ringformer/level-signals/spec';
import type { Seq2seqConfig } from './config.ts';
import type { Layout } from './layout.ts';
import {
  affineNames,
  attentionNames,
  feedForwardNames,
  HEAD_NAMES,
  POSITION_NAMES,
  sinusoidTables,
  TOKEN_NAMES,
} from './name-tables.ts';
import type { Seq2seqParams } from './params.ts';
import { attentionSpec, feedForwardSpec, headSpec, normSpec, sourceSpec, targetSpec } from './spec.ts';

/** Shapes and initialisation of a RingFormer: one shared block a side, levels that own norms and signals. */
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

const SIGNALS = { query: 'SA_Q', key: 'SA_K', value: 'SA_V', ffn: 'FF' };

/** What the levels of one side own. */
const levelNames = (side: string, norms: readonly string[]): NameTable => [
  ...norms.flatMap((norm, n) => affineNames(`${side}.levels.${norm}`, `${side}.layer_norms_0${n + 1}.{i}`)),
  ...Object.entries(SIGNALS).flatMap(
    ([our, their]): NameTable => [
      [`${side}.levels.signals.${our}.up`, `${side}.lev_param_${their}_01`],
      [`${side}.levels.signals.${our}.down`, `${side}.lev_param_${their}_02`],
    ],
  ),
];

/** Our names beside those of the authors' PyTorch state_dict. */
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

/** RingFormer's parameters, for what needs no tensors. */
export const ringLayout: Layout<Seq2seqParams> = {
  name: 'ring',
  spec: seq2seqSpec,
  names: REFERENCE_NAMES,
  tables: sinusoidTables,
};
