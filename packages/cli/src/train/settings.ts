import { type OptimizerName, RingformerError, UPDATE_DEFAULTS, type UpdateSettings } from '@ringformer/core';
import { nearest } from '@ringformer/core/base';
import { ABLATION_SETTINGS, type AblationSettings, ablationProblems } from './ablation.ts';
import type { Entries, Entry } from './entries.ts';

/**
 * The settings of every run, whatever it learns. They are all stored in the run's folder, so that resuming needs no flags.
 */
export type CommonSettings = UpdateSettings &
  AblationSettings & {
    epochs: number;
    warmupEpochs: number;
    evaluateEpochs: number;
    epsilon: number;
    optimizer: OptimizerName;
    l2: number;
    init: string;
    signalInit: 'reference' | 'lively';
    dropout: number;
    randomDepth: number;
    smoothing: number;
    evaluateEvery: number;
    checkpointEvery: number;
    patience: number;
    average: number;
    precision: 'f32' | 'bf16' | 'f16';
    localSteps: number;
    outerLr: number;
    outerMomentum: number;
  };

/** The settings of a subject that are paths. */
export const pathsOf = (entries: Readonly<Record<string, Entry>>): string[] =>
  Object.keys(entries).filter((name) => entries[name]?.path);
export const COMMON: Entries<CommonSettings> = {
  init: {
    default: '',
    hint: 'DIR',
    path: true,
    optional: true,
    says: 'folder of a model to start from: its weights and, for translation, its tokenizer',
  },
  signalInit: { default: 'lively', says: 'how level signals start', choices: ['reference', 'lively'] },
  ...ABLATION_SETTINGS,
  dropout: { default: 0.1, says: 'dropout rate' },
  randomDepth: {
    default: 0,
    says: 'share of batches that pass only some levels, as many as a draw says, so that the model is also good at less depth',
  },
  smoothing: { default: 0.1, says: 'label smoothing' },
  accumulate: { default: 2, says: 'batches per update' },
  steps: { default: 20_000, says: 'total number of updates' },
  epochs: { default: 0, says: 'total number of passes over the data, instead of --steps; 0: as --steps says' },
  schedule: {
    default: UPDATE_DEFAULTS.schedule,
    says: 'learning rate after the warm-up',
    choices: ['stable', 'inverse-sqrt', 'cosine', 'linear'],
  },
  lr: { default: 5e-4, says: 'peak learning rate' },
  warmup: { default: 1000, says: 'updates of linear warm-up' },
  warmupEpochs: {
    default: 0,
    says: 'passes over the data of linear warm-up, instead of --warmup; 0: as --warmup says',
  },
  cooldown: { default: 1000, says: "final updates of the schedule 'stable', in which the rate falls to 0" },
  optimizer: {
    default: UPDATE_DEFAULTS.optimizer,
    says: 'what updates the weight matrices of attention and feed-forward networks; Adam updates all else',
    choices: ['adam', 'muon'],
  },
  beta2: { default: UPDATE_DEFAULTS.beta2, says: "Adam's β2" },
  epsilon: { default: UPDATE_DEFAULTS.epsilon, says: "Adam's ε" },
  weightDecay: { default: UPDATE_DEFAULTS.weightDecay, says: 'decoupled weight decay (AdamW)' },
  l2: { default: UPDATE_DEFAULTS.l2, says: "weight decay added to the gradient, as in the authors' Adam" },
  clipNorm: { default: UPDATE_DEFAULTS.clipNorm, says: 'largest gradient norm' },
  seed: { default: UPDATE_DEFAULTS.seed, says: 'seed for weights, order and dropout' },
  evaluateEvery: { default: 1000, says: 'updates between evaluations' },
  evaluateEpochs: {
    default: 0,
    says: 'passes over the data between evaluations, instead of --evaluate-every; 0: as --evaluate-every says',
  },
  checkpointEvery: { default: 200, says: 'updates between checkpoints' },
  patience: { default: 10, says: 'evaluations without progress before stopping' },
  average: { default: 5, says: 'how many of the last evaluated weights to average at the end' },
  precision: {
    default: 'f32',
    says: 'numbers that matrix products multiply; weights are f32. bf16 and f16 need native kernels and a processor with it',
    choices: ['f32', 'bf16', 'f16'],
  },
  localSteps: {
    default: 0,
    says: 'with --distributed: updates that each rank makes by itself between two averages (DiLoCo); 0: gradients are summed at every update',
  },
  outerLr: { default: 0.7, says: 'with --local-steps: learning rate of the averages' },
  outerMomentum: { default: 0.5, says: 'with --local-steps: Nesterov momentum of the averages' },
};

/**
 * Settings that may change when a run resumes: how long and how fast to learn, how often to evaluate, and what was only
 * needed to begin. Paths may change too: whether the data there is the same is checked separately.
 */
export function mayChange({ schedule }: CommonSettings): readonly string[] {
  const always = [
    ...[...COURSE, 'warmupEpochs', 'evaluateEvery', 'evaluateEpochs'],
    ...['checkpointEvery', 'patience', 'average'],
  ];
  return schedule === 'cosine' || schedule === 'linear' ? always : [...always, 'steps', 'epochs', 'cooldown'];
}

/** Settings that may change so that a run which diverged can go on; its log says when they did. */
export const COURSE = ['lr', 'warmup', 'clipNorm', 'precision'] as const;

/** evaluateEvery → evaluate-every */
export const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What is counted in updates or in epochs, but not in both. */
export const EITHER = [
  ['steps', 'epochs'],
  ['warmup', 'warmupEpochs'],
  ['evaluateEvery', 'evaluateEpochs'],
] as const satisfies readonly (readonly [keyof CommonSettings, keyof CommonSettings])[];

/** `earlier` without what `later` counts, in updates or in epochs: that replaces either. */
export function overridden(
  earlier: Readonly<Record<string, unknown>>,
  later: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const replaced = new Set<string>(EITHER.filter((pair) => pair.some((name) => later[name] !== undefined)).flat());
  return Object.fromEntries(Object.entries(earlier).filter(([name]) => !replaced.has(name)));
}

/** What reading settings needs to know of a subject. */
type Kind<S> = {
  readonly command: string;
  readonly settings: Entries<S>;
  /** What is wrong with settings that only make sense together. */
  problems?(settings: S): readonly string[];
};

/**
 * Settings from flags, else a JSON file, else the run's folder, else the defaults.
 * @throws RingformerError 'bad-argument' that lists everything that is wrong.
 */
export function readSettings<S extends CommonSettings>(
  kind: Kind<S>,
  ...layers: (Record<string, unknown> | undefined)[]
): S {
  const { settings, problems } = parseSettings(kind, ...layers);
  if (problems.length > 0) throw new RingformerError('bad-argument', cannotStart(kind, problems));
  return settings;
}

/** The same settings, and everything that is wrong with them. */
export function parseSettings<S extends CommonSettings>(
  { settings: entries, problems: more }: Kind<S>,
  ...layers: (Record<string, unknown> | undefined)[]
): { readonly settings: S; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const given: Record<string, unknown> = Object.assign({}, ...layers.map((layer) => layer ?? {}));
  const read: Record<string, string | number> = {};
  for (const [name, entry] of Object.entries<Entry>(entries)) {
    const value = given[name] ?? entry.default;
    delete given[name];
    if (typeof entry.default === 'string') {
      if (entry.choices && !entry.choices.includes(String(value)))
        problems.push(`--${flagOf(name)} is '${value}'; expected one of ${entry.choices.join(', ')}.`);
      if (entry.path && !entry.optional && value === '') problems.push(`--${flagOf(name)} is missing: ${entry.says}.`);
      read[name] = String(value);
    } else {
      const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
      if (!Number.isFinite(number) || number < 0)
        problems.push(`--${flagOf(name)} is '${value}'; expected a number of at least 0.`);
      read[name] = number;
    }
  }
  for (const name of Object.keys(given)) {
    const closest = nearest(name, Object.keys(entries));
    problems.push(`Unknown setting '${name}'.${closest ? ` Did you mean '${closest}'?` : ''}`);
  }
  const settings = read as unknown as S;
  if (!Number.isInteger(settings.localSteps))
    problems.push(`--local-steps is '${settings.localSteps}'; expected a whole number.`);
  if (settings.outerMomentum >= 1)
    problems.push(`--outer-momentum is '${settings.outerMomentum}'; expected a number below 1.`);
  if (settings.randomDepth > 1) problems.push(`--random-depth is '${settings.randomDepth}'; expected a share, 0 to 1.`);
  return { settings, problems: [...(more?.(settings) ?? []), ...ablationProblems(settings), ...problems] };
}

/** The message for settings with which no run can begin. */
export const cannotStart = ({ command }: { readonly command: string }, problems: readonly string[]) =>
  `Training cannot start:\n${problems.map((problem) => `  - ${problem}\n`).join('')}See ringformer ${command} --help.`;
