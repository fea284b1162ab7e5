// The building blocks of every architecture's name table: our names and those in the authors' state_dict.
import { affineNames, type FixedTable, type NameTable, sinusoidalPositions } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';

const PROJECTIONS = { query: 'q_proj', key: 'k_proj', value: 'v_proj', out: 'attn_proj' };
const SIDES = ['encoder', 'decoder'] as const;

export const attentionNames = (ours: string, theirs: string): NameTable =>
  Object.entries(PROJECTIONS).flatMap(([our, their]) => affineNames(`${ours}.${our}`, `${theirs}.${their}`));

export const feedForwardNames = (ours: string, theirs: string): NameTable =>
  ['1', '2'].flatMap((n) => affineNames(`${ours}.fc${n}`, `${theirs}.positionWiseFeedForward.FFN${n}.0`));

export const TOKEN_NAMES: NameTable = SIDES.map(
  (side) => [`${side}.tokens`, `${side}.emb_layer.emb_layer.weight`] as const,
);
export const POSITION_NAMES: NameTable = SIDES.map(
  (side) => [`${side}.positions`, `${side}.pos_layer.emb_layer.weight`] as const,
);
export const HEAD_NAMES = affineNames('head', 'fc');

/** The same fixed table on both sides. */
export const onBothSides = (name: string, table: Omit<FixedTable, 'name'>): FixedTable[] =>
  SIDES.map((side) => ({ name: `${side}.${name}`, ...table }));

/** The sinusoid [1 n d], if positions are sinusoidal. */
export function sinusoidTables({ positions, maxLength, dim }: Seq2seqConfig): readonly FixedTable[] {
  if (positions !== 'sinusoidal') return [];
  const fill = ([, rows = 0]: readonly number[]) => sinusoidalPositions(rows, dim);
  return onBothSides('pos_layer.pe', { shape: [1, maxLength, dim], fill });
}
