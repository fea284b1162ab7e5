import { cosine, inverseSquareRoot, linearDecay, type Schedule, warmupStableDecay } from './optimizer.ts';
import type { OptimizerName, StepOptions } from './trainer.ts';

/** What an update depends on besides data and model: plain data that is stored with a run. */
export type UpdateSettings = {
  /** Total number of updates. */
  readonly steps: number;
  /** The learning rate after the warm-up: constant until the cool-down, or falling. */
  readonly schedule: 'stable' | 'inverse-sqrt' | 'cosine' | 'linear';
  /** Peak learning rate. */
  readonly lr: number;
  /** Updates of linear warm-up. */
  readonly warmup: number;
  /** The last updates of schedule 'stable', during which the rate falls to 0. */
  readonly cooldown: number;
  /** Batches in an update. */
  readonly accumulate: number;
  /** What updates the weight matrices of attention and feed-forward networks; 'adam' if absent. See `muonUpdate`. */
  readonly optimizer?: OptimizerName;
  /** Adam's β2. */
  readonly beta2: number;
  /** Adam's ε; 1e-9 if absent. */
  readonly epsilon?: number;
  /** Decoupled weight decay (AdamW). */
  readonly weightDecay: number;
  /** Weight decay as the authors' Adam has it: added to the gradient, and so divided by its size; 0 if absent. */
  readonly l2?: number;
  /** Largest 2-norm of the mean gradient; 0 for no clipping. */
  readonly clipNorm: number;
  readonly seed: number;
};

/** Settings that suit all of our models. */
export const UPDATE_DEFAULTS = {
  schedule: 'stable',
  accumulate: 1,
  optimizer: 'adam',
  beta2: 0.98,
  epsilon: 1e-9,
  weightDecay: 0,
  l2: 0,
  clipNorm: 1,
  seed: 1,
} as const satisfies Partial<UpdateSettings>;

/** The options of `train` that correspond to `settings`. */
export function updateOptions(settings: UpdateSettings): StepOptions {
  const { optimizer, beta2, weightDecay, clipNorm, accumulate, seed } = settings;
  const { epsilon = UPDATE_DEFAULTS.epsilon, l2 = 0 } = settings;
  return {
    schedule: scheduleOf(settings),
    adam: { beta2, epsilon, weightDecay, l2 },
    optimizer,
    clipNorm: clipNorm > 0 ? clipNorm : undefined,
    accumulate,
    seed,
  };
}

function scheduleOf({ schedule, lr: peak, warmup, cooldown, steps: total }: UpdateSettings): Schedule {
  if (schedule === 'cosine') return cosine({ peak, warmup, total });
  if (schedule === 'linear') return linearDecay({ peak, warmup, total });
  if (schedule === 'inverse-sqrt') return inverseSquareRoot({ peak, warmup });
  return warmupStableDecay({ peak, warmup, total, cooldown });
}

/** Which of `names` (by default all of `now`) have changed their value. Values are compared as JSON. */
export function changedSettings(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  names: readonly string[] = Object.keys(now),
): string[] {
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]));
}
