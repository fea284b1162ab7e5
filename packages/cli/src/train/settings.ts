import { readFileSync } from 'node:fs';
import { RingformerError, UPDATE_DEFAULTS, type UpdateSettings } from '@ringformer/core';

/** What every run is made of, whatever it learns. All settings stand in the run's folder, so that a resume needs no flag. */
export type CommonSettings = UpdateSettings & {
  init: string;
  signalInit: 'reference' | 'lively';
  dropout: number;
  smoothing: number;
  evaluateEvery: number;
  checkpointEvery: number;
  patience: number;
  average: number;
};

/** A setting's default tells its type; a `path` must be given unless it is `optional`. */
export type Entry = {
  readonly default: string | number;
  readonly says: string;
  readonly choices?: readonly string[];
  readonly path?: boolean;
  readonly optional?: boolean;
};
/** Every setting: its flag is the name in kebab-case. */
export type Entries<S> = { readonly [K in keyof S & string]: Entry };

export const COMMON: Entries<CommonSettings> = {
  init: { default: '', says: 'folder of a model to start from: its weights, and for translation its tokenizer' },
  signalInit: { default: 'lively', says: 'how level signals start', choices: ['reference', 'lively'] },
  dropout: { default: 0.1, says: 'dropout rate' },
  smoothing: { default: 0.1, says: 'label smoothing' },
  accumulate: { default: 2, says: 'batches in an update' },
  steps: { default: 20_000, says: 'updates in all' },
  schedule: {
    default: UPDATE_DEFAULTS.schedule,
    says: 'learning rate after the warm-up',
    choices: ['stable', 'inverse-sqrt', 'cosine'],
  },
  lr: { default: 5e-4, says: 'peak learning rate' },
  warmup: { default: 1000, says: 'updates of linear warm-up' },
  cooldown: { default: 1000, says: "last updates of schedule 'stable', in which the rate falls to 0" },
  beta2: { default: UPDATE_DEFAULTS.beta2, says: "Adam's β2" },
  weightDecay: { default: UPDATE_DEFAULTS.weightDecay, says: 'decoupled weight decay (AdamW)' },
  clipNorm: { default: UPDATE_DEFAULTS.clipNorm, says: 'largest gradient norm' },
  seed: { default: UPDATE_DEFAULTS.seed, says: 'seed of weights, order and dropout' },
  evaluateEvery: { default: 1000, says: 'updates between evaluations' },
  checkpointEvery: { default: 200, says: 'updates between checkpoints' },
  patience: { default: 10, says: 'evaluations without progress before stopping' },
  average: { default: 5, says: 'last evaluated weights averaged at the end' },
};

/** How long to train and how often to look may change on the way, and what was needed to begin; what the weights depend on may not. */
export function mayChange({ schedule }: CommonSettings): readonly string[] {
  const always = ['init', 'evaluateEvery', 'checkpointEvery', 'patience', 'average'];
  return schedule === 'cosine' ? always : [...always, 'steps', 'cooldown'];
}

/** evaluateEvery → evaluate-every */
export const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Settings from flags over a JSON file over what the run's folder says over the defaults.
 * @throws RingformerError 'bad-argument' that lists all that is wrong.
 */
export function readSettings<S extends CommonSettings>(
  entries: Entries<S>,
  ...layers: (Record<string, unknown> | undefined)[]
): S {
  const problems: string[] = [];
  const given: Record<string, unknown> = Object.assign({}, ...layers.map((layer) => layer ?? {}));
  const settings: Record<string, string | number> = {};
  for (const [name, entry] of Object.entries<Entry>(entries)) {
    const value = given[name] ?? entry.default;
    delete given[name];
    if (typeof entry.default === 'string') {
      if (entry.choices && !entry.choices.includes(String(value)))
        problems.push(`  - ${flagOf(name)} is '${value}': one of ${entry.choices.join(', ')} is wanted.`);
      if (entry.path && !entry.optional && value === '')
        problems.push(`  - ${flagOf(name)} is missing: ${entry.says}.`);
      settings[name] = String(value);
    } else {
      const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
      if (!Number.isFinite(number) || number < 0)
        problems.push(`  - ${flagOf(name)} is '${value}': a number of at least 0 is wanted.`);
      settings[name] = number;
    }
  }
  for (const name of Object.keys(given)) problems.push(`  - '${name}' is no setting.`);
  if (problems.length > 0) throw new RingformerError('bad-argument', `Training cannot start:\n${problems.join('\n')}`);
  return settings as unknown as S;
}

/** The settings in a JSON file. @throws RingformerError 'bad-file' */
export function readSettingsFile(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new RingformerError('bad-file', `Cannot read settings from ${path}: ${(cause as Error).message}.`, { cause });
  }
}
