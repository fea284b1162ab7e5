import {
  exportNames,
  importNames,
  type NameTable,
  type Raw,
  RingformerError,
  sinusoidalPositions,
} from '@ringformer/core';
import type { Seq2seqConfig } from './config.ts';

const PROJECTIONS = { query: 'q_proj', key: 'k_proj', value: 'v_proj', out: 'attn_proj' };
const SIGNALS = { query: 'SA_Q', key: 'SA_K', value: 'SA_V', ffn: 'FF' };
const AFFINE = ['weight', 'bias'];

const attention = (ours: string, theirs: string) =>
  Object.entries(PROJECTIONS).flatMap(([our, their]) =>
    AFFINE.map((leaf) => [`${ours}.${our}.${leaf}`, `${theirs}.${their}.${leaf}`] as const),
  );

function side(name: 'encoder' | 'decoder', attentions: Record<string, string>, norms: readonly string[]): NameTable {
  const block = `${name}.${name}s.0`;
  return [
    [`${name}.tokens`, `${name}.emb_layer.emb_layer.weight`],
    [`${name}.positions`, `${name}.pos_layer.emb_layer.weight`],
    ...Object.entries(attentions).flatMap(([our, their]) => attention(`${name}.shared.${our}`, `${block}.${their}`)),
    ...['1', '2'].flatMap((n) =>
      AFFINE.map(
        (leaf) => [`${name}.shared.ffn.fc${n}.${leaf}`, `${block}.positionWiseFeedForward.FFN${n}.0.${leaf}`] as const,
      ),
    ),
    ...norms.flatMap((norm, n) =>
      AFFINE.map((leaf) => [`${name}.levels.${norm}.${leaf}`, `${name}.layer_norms_0${n + 1}.{i}.${leaf}`] as const),
    ),
    ...Object.entries(SIGNALS).flatMap(
      ([our, their]): NameTable => [
        [`${name}.levels.signals.${our}.up`, `${name}.lev_param_${their}_01`],
        [`${name}.levels.signals.${our}.down`, `${name}.lev_param_${their}_02`],
      ],
    ),
  ];
}

/** Our names beside those of the authors' PyTorch state_dict. */
export const REFERENCE_NAMES: NameTable = [
  ...side('encoder', { attn: 'self_attention' }, ['attnNorm', 'ffnNorm']),
  ...side('decoder', { self: 'masked_self_attention', cross: 'enc_dec_attention' }, [
    'selfNorm',
    'crossNorm',
    'ffnNorm',
  ]),
  ['head.weight', 'fc.weight'],
  ['head.bias', 'fc.bias'],
];

const TABLES = ['encoder.pos_layer.pe', 'decoder.pos_layer.pe'];

/** True for a state_dict with the reference's names, with or without the prefixes of its wrappers. */
export function isReference(raw: Record<string, Raw>): boolean {
  return Object.keys(raw).some((name) => name.endsWith('emb_layer.emb_layer.weight'));
}

/**
 * The authors' names → ours. Their fixed sinusoid is checked against ours and left out.
 * @throws RingformerError 'bad-checkpoint' where a stored sinusoid is not the one that we would compute.
 */
export function importReference(config: Seq2seqConfig, raw: Record<string, Raw>): Record<string, Raw> {
  const renamed = importNames(REFERENCE_NAMES, raw);
  for (const name of TABLES) {
    const table = renamed[name];
    if (!table || config.positions !== 'sinusoidal') continue;
    const own = sinusoidalPositions(table.shape[1] ?? 0, config.dim);
    const worst = own.reduce((most, x, i) => Math.max(most, Math.abs(x - (table.data[i] as number))), 0);
    if (!(worst < 1e-4)) {
      throw new RingformerError(
        'bad-checkpoint',
        `[ringformer/seq2seq] ${name} differs from the sinusoidal positions by ${worst}. Import it as learned positions or fix the configuration.`,
      );
    }
    delete renamed[name];
  }
  return renamed;
}

/** Our names → the authors', the sinusoid and copies of tied tables included, so that their model loads it strictly. */
export function exportReference(config: Seq2seqConfig, raw: Record<string, Raw>): Record<string, Raw> {
  const tokens = raw['decoder.tokens'] as Raw;
  const untied = { 'encoder.tokens': tokens, 'head.weight': tokens, ...raw };
  const named = exportNames(REFERENCE_NAMES, untied);
  if (config.positions !== 'sinusoidal') return named;
  const pe: Raw = {
    dtype: 'F32',
    shape: [1, config.maxLength, config.dim],
    data: sinusoidalPositions(config.maxLength, config.dim),
  };
  return { ...named, ...Object.fromEntries(TABLES.map((name) => [name, pe])) };
}
