// The shapes and initialisation of level signals, without TensorFlow.js: `@ringformer/level-signals/spec`.
import { type Init, normal, type Spec, type SpecOf, type SpecTree, zeros } from '@ringformer/core/base';
import { type Ablation, signalNamesOf } from './ablation.ts';
import type { Signals } from './attention.ts';
import type { LowRank } from './low-rank.ts';

/**
 * How signals start. Both give no signal at the first step (`up` is 0).
 * - 'reference': down ~ N(0, 1e-6²), as the authors do; gradients are so small that signals need hundreds of updates to matter.
 * - 'lively': down ~ N(0, 1/d), so that `up` learns from the first update.
 */
export type SignalInit = 'reference' | 'lively';

const DOWN_INIT: Record<SignalInit, (dim: number) => Init> = {
  reference: () => normal(1e-6),
  lively: (dim) => normal(dim ** -0.5),
};

/** Specs of one signal for all levels, leaves [l r d]. */
export function lowRankSpec(
  levels: number,
  rank: number,
  dim: number,
  init: SignalInit = 'reference',
): SpecOf<LowRank> {
  const shape: Spec['shape'] = [levels, rank, dim];
  return { down: { shape, init: DOWN_INIT[init](dim) }, up: { shape, init: zeros } };
}

/** Specs of the four signals of all levels. */
export function signalsSpec(
  levels: number,
  rank: number,
  dim: number,
  init: SignalInit = 'reference',
): SpecOf<Signals> {
  const one = lowRankSpec(levels, rank, dim, init);
  return { query: one, key: one, value: one, ffn: one };
}

/** What the signals of a configuration depend on. */
export type SignalSizes = Ablation & {
  readonly dim: number;
  readonly rank: number;
  /** Rank of the feed-forward network's signal, if it differs. */
  readonly ffnRank?: number;
  readonly signalInit: SignalInit;
};

/** Specs of the signals of `levels` levels that a configuration has. Static ones, too, start silent: all zeros, [l d]. */
export function chosenSignalsSpec(levels: number, config: SignalSizes): SpecTree {
  const { dim, rank, ffnRank = rank, signalInit, signalKind } = config;
  const constant: Spec = { shape: [levels, dim], init: zeros };
  return Object.fromEntries(
    signalNamesOf(config).map((name) => [
      name,
      signalKind === 'static' ? { constant } : lowRankSpec(levels, name === 'ffn' ? ffnRank : rank, dim, signalInit),
    ]),
  );
}

export {
  ABLATIONS,
  type Ablation,
  type AblationName,
  asWholeRing,
  checkAblation,
  SIGNAL_NAMES,
  type SignalName,
  saysAblation,
  signalNamesOf,
  withoutDefaults,
} from './ablation.ts';
