// The building blocks of every architecture's name table: our names and those in the authors' state_dict.
import { affineNames, type FixedTable, type NameTable, sinusoidalPositions } from '@ringformer/core/base';
import { tokenCount, type VitConfig } from './config.ts';

export const ENCODER = 'transformer.encoder';
/** [d c p p] in their file; [d c·p·p], the same numbers, in ours. */
export const PATCHES = 'patches.weight';
/** [1 1 d] in their file, [d] in ours. */
export const CLASS_TOKEN = 'classToken';

export const attentionNames = (ours: string, theirs: string): NameTable =>
  ['query', 'key', 'value', 'out'].flatMap((part) => affineNames(`${ours}.${part}`, `${theirs}.${part}`));

export const feedForwardNames = (ours: string, theirs: string): NameTable =>
  ['fc1', 'fc2'].flatMap((part) => affineNames(`${ours}.${part}`, `${theirs}.${part}`));

/** The parts before and after the levels. */
export const OUTER_NAMES: NameTable = [
  ...affineNames('patches', 'transformer.embeddings.patch_embeddings'),
  [CLASS_TOKEN, 'transformer.embeddings.cls_token'],
  ...affineNames('norm', `${ENCODER}.encoder_norm`),
  ...affineNames('head', 'head'),
];

/** The sinusoid [1 n d]. */
export function sinusoidTable(config: VitConfig): FixedTable[] {
  const shape = [1, tokenCount(config), config.dim];
  const fill = () => sinusoidalPositions(tokenCount(config), config.dim);
  return [{ name: 'transformer.embeddings.position_embeddings.pos_embed', shape, fill }];
}
