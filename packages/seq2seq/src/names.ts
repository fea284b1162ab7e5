import {
  exportNames,
  importNames,
  type NameTable,
  type Raw,
  RingformerError,
  sinusoidalPositions,
} from '@ringformer/core/base';
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
 * The authors' names → ours. Their fixed sinusoid, and the copies of a table that our configuration ties, are checked
 * against ours and left out; embeddings that ours scales by √d are divided by it.
 * @throws RingformerError 'bad-checkpoint' where a stored sinusoid is not the one that we would compute, or where tables
 * that are to be tied differ.
 */
export function importReference(config: Seq2seqConfig, raw: Record<string, Raw>): Record<string, Raw> {
  const renamed = tie(config, importNames(REFERENCE_NAMES, raw));
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

const EMBEDDINGS = ['encoder.tokens', 'decoder.tokens'];

/** The tables that `config` ties become one again. The output layer's is the one that was never scaled. */
function tie({ tie, dim, scaleEmbedding }: Seq2seqConfig, named: Record<string, Raw>): Record<string, Raw> {
  const { 'head.weight': head, ...rest } = scaleEmbedding ? scaled(named, EMBEDDINGS, dim ** -0.5) : named;
  const tokens = rest['decoder.tokens'];
  if (tie === 'none' || !head || !tokens) return head ? { ...rest, 'head.weight': head } : rest;
  for (const name of tie === 'all' ? EMBEDDINGS : ['decoder.tokens']) {
    const table = rest[name];
    if (table && !alike(table, head)) {
      throw new RingformerError(
        'bad-checkpoint',
        `[ringformer/seq2seq] ${name} differs from the output layer's table. Import it with tie '${tie === 'all' ? "output' or 'none" : 'none'}'.`,
      );
    }
    if (tie === 'all') delete rest[name];
  }
  return { ...rest, 'decoder.tokens': head };
}

/** Equal, but for what scaling by √d and back rounds away. */
function alike(a: Raw, b: Raw): boolean {
  return (
    a.data.length === b.data.length && a.data.every((x, i) => Math.abs(x - (b.data[i] as number)) <= 1e-6 * Math.abs(x))
  );
}

function scaled(raw: Record<string, Raw>, names: readonly string[], factor: number): Record<string, Raw> {
  const scale = (x: Raw): Raw => ({ ...x, data: Float32Array.from(x.data, (value) => value * factor) });
  return Object.fromEntries(Object.entries(raw).map(([name, x]) => [name, names.includes(name) ? scale(x) : x]));
}

/**
 * Our names → the authors', the sinusoid and copies of tied tables included, so that their model loads it strictly and,
 * since it scales no embeddings, computes the same.
 */
export function exportReference(config: Seq2seqConfig, raw: Record<string, Raw>): Record<string, Raw> {
  const tokens = raw['decoder.tokens'] as Raw;
  const copies = { 'encoder.tokens': tokens, 'head.weight': tokens, ...raw };
  const untied = config.scaleEmbedding ? scaled(copies, EMBEDDINGS, config.dim ** 0.5) : copies;
  const named = exportNames(REFERENCE_NAMES, untied);
  if (config.positions !== 'sinusoidal') return named;
  const pe: Raw = {
    dtype: 'F32',
    shape: [1, config.maxLength, config.dim],
    data: sinusoidalPositions(config.maxLength, config.dim),
  };
  return { ...named, ...Object.fromEntries(TABLES.map((name) => [name, pe])) };
}
