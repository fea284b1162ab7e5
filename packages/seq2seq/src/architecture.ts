import type { Layout as AnyLayout } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';
import type { LevelPlan } from './level-plan.ts';
import type { AnyParams, Seq2seqParams } from './params.ts';

/** The parameters of an architecture and the authors' names for them. */
export type Layout<P extends AnyParams = AnyParams> = AnyLayout<Seq2seqConfig, P>;

/**
 * How parameters `P` form the levels of a translation model, as data. One encoder and one decoder (post-norm) run every
 * architecture.
 */
export type Architecture<P extends AnyParams = AnyParams> = Layout<P> & LevelPlan;

/** A configuration and its weights; the ring if no `architecture` is given. */
export type Seq2seq<P extends AnyParams = Seq2seqParams> = {
  readonly config: Seq2seqConfig;
  readonly params: P;
  readonly architecture?: Architecture;
};
