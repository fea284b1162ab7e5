// What the authors compare RingFormer with: `@ringformer/vit/baselines`.
import type { VitArchitecture } from '../architecture.ts';
import { oneWideFfnVit } from './one-wide-ffn.ts';
import { universalVit } from './universal.ts';
import { vanillaVit } from './vanilla.ts';

/** All three, by the names that configurations carry. */
export const baselines: { readonly [name: string]: VitArchitecture } = {
  [vanillaVit.name]: vanillaVit,
  [universalVit.name]: universalVit,
  [oneWideFfnVit.name]: oneWideFfnVit,
};

export type { OneWideFfnVitParams } from './one-wide-ffn.ts';
export type { UniversalVitParams } from './universal.ts';
export type { VanillaVitParams } from './vanilla.ts';
export { oneWideFfnVit, universalVit, vanillaVit };
