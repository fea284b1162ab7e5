import type { Layout as AnyLayout } from '@ringformer/core/base';
import type { VitConfig } from './config.ts';
import type { LevelPlan } from './level-plan.ts';
import type { AnyParams, VitParams } from './params.ts';

/** The parameters of an architecture and the authors' names for them. */
export type Layout<P extends AnyParams = AnyParams> = AnyLayout<VitConfig, P>;

/** How parameters `P` form the levels of an image classifier, as data. One encoder (pre-norm) runs every architecture. */
export type Architecture<P extends AnyParams = AnyParams> = Layout<P> & LevelPlan;

/** A configuration and its weights; the ring if no `architecture` is given. */
export type Vit<P extends AnyParams = VitParams> = {
  readonly config: VitConfig;
  readonly params: P;
  readonly architecture?: Architecture;
};
