// The models that the authors compare RingFormer with: `@ringformer/vit/baselines`.
import type { Architecture } from '../architecture.ts';
import { oneWideFfn } from './one-wide-ffn.ts';
import { universal } from './universal.ts';
import { vanilla } from './vanilla.ts';

/** All three, by their names in configurations. */
export const baselines: { readonly [name: string]: Architecture } = {
  [vanilla.name]: vanilla,
  [universal.name]: universal,
  [oneWideFfn.name]: oneWideFfn,
};

export type { OneWideFfnParams } from './one-wide-ffn.ts';
export type { UniversalParams } from './universal.ts';
export type { VanillaParams } from './vanilla.ts';
export { oneWideFfn, universal, vanilla };
