import type { Tree } from '@ringformer/core';
import { type ArgDef, defineCommand } from 'citty';
import type { BackendName } from '../backends.ts';
import { UsageError } from '../errors.ts';
import { choice, commonArgs, number, optionalNumber, toggle } from '../flags.ts';
import type { Io } from '../io.ts';
import type { Entries, Entry } from './entries.ts';
import type { Presets } from './presets.ts';
import { type CommonSettings, flagOf } from './settings.ts';
import { SHIPPED } from './shipped.ts';
import type { Subject } from './subject.ts';
import { TRANSLATION_PRESETS } from './translation/presets.ts';
import { TRANSLATION_SETTINGS } from './translation/settings.ts';
import { VISION_PRESETS } from './vision/presets.ts';
import { VISION_SETTINGS } from './vision/settings.ts';

function flagsOf<S>(settings: Entries<S>): Record<string, ArgDef> {
  return Object.fromEntries(
    Object.entries<Entry>(settings).map(
      ([name, { says, choices, hint = 'FILE', default: initial }]): [string, ArgDef] => {
        const description = initial === '' ? says : `${says} (${initial})`;
        if (choices) return [flagOf(name), choice(description, choices)];
        if (typeof initial === 'number') return [flagOf(name), number(description, { min: 0 })];
        return [flagOf(name), { type: 'string', description, valueHint: hint }];
      },
    ),
  );
}

/** One that is also a setting has the choices of both. */
function presetFlags<S>(presets: Presets, settings: Entries<S>): Record<string, ArgDef> {
  return Object.fromEntries(
    Object.entries(presets).map(([name, { says, choices }]): [string, ArgDef] => {
      const also = (settings as Readonly<Record<string, Entry | undefined>>)[name];
      if (!also) return [flagOf(name), choice(says, choices)];
      return [flagOf(name), choice(`${also.says} (${also.default}); ${says}`, [...(also.choices ?? []), ...choices])];
    }),
  );
}

const argsOf = <S>(settings: Entries<S>, presets: Presets, shipped: object) =>
  ({
    output: {
      type: 'string',
      alias: 'o',
      description: 'folder of the run; resumes if it already holds one',
      valueHint: 'DIR',
    },
    settings: {
      type: 'string',
      description: `JSON file of settings, or those of one of the paper's experiments: ${Object.keys(shipped).join(', ')}; flags override it`,
      valueHint: 'FILE|NAME',
    },
    seeds: number('train so many runs, with seeds from --seed on, in folders of their own; then mean and spread', {
      min: 1,
      whole: true,
    }),
    threads: number('processors that training may use (default: all)', { min: 1, whole: true }),
    workers: number('threads that share the batches of each update, each with its own copy of the weights', {
      min: 1,
      whole: true,
      default: '1',
    }),
    distributed: toggle(
      'train with the other processes that mpiexec or srun started, each with its part of every update',
    ),
    'take-over': toggle(
      "take the run's folder even if a process on another machine has locked it: only if you know that it has ended",
    ),
    'rank-timeout': number(
      'with --distributed: seconds to wait for the other ranks before the job is ended (default: 1800)',
      {
        min: 1,
      },
    ),
    ...flagsOf(settings),
    ...presetFlags(presets, settings),
    backend: commonArgs.backend,
    json: commonArgs.json,
    debug: commonArgs.debug,
  }) as const;

/** `load` loads the modules of the subject when its command is called. */
function trainCommandOf<S extends CommonSettings, P extends Tree, Batch>(
  meta: { readonly name: string; readonly description: string },
  settings: Entries<S>,
  presets: Presets,
  shipped: object,
  load: () => Promise<Subject<S, P, Batch>>,
) {
  return defineCommand({
    meta,
    args: argsOf(settings, presets, shipped),
    async run({ args: given, data }) {
      const flags = given as unknown as Record<string, string | undefined>;
      const [{ startBackend }, { trainFrom }, { kernelThreads, processorsOf }, { localRanks, startMpi }, subject] =
        await Promise.all([
          import('../backends.ts'),
          import('./index.ts'),
          import('./workers.ts'),
          import('@ringformer/mpi'),
          load(),
        ]);
      const timeLimit = optionalNumber(flags['rank-timeout']);
      if (timeLimit !== undefined && !flags.distributed)
        throw new UsageError('--rank-timeout is about ranks that train together. Add --distributed, or leave it out.');
      const here = flags.distributed ? localRanks(process.env) : 1;
      const threads = kernelThreads(Number(flags.workers ?? 1), processorsOf(here, optionalNumber(flags.threads)));
      // before anything that can fail on one rank only: then the others hear of it
      const { signal } = data as Io;
      const collective = flags.distributed ? await startMpi({ signal, ...(timeLimit && { timeLimit }) }) : undefined;
      try {
        const start = () => startBackend(flags.backend as BackendName, { threads });
        await trainFrom(subject, flags, start, data as Io, collective);
      } finally {
        await collective?.close();
      }
    },
  });
}

/** `ringformer train`: trains a translation model on parallel text, and resumes a run that was stopped or killed. */
export const trainCommand = trainCommandOf(
  { name: 'train', description: 'Train a translation model on parallel text, or resume a run' },
  TRANSLATION_SETTINGS,
  TRANSLATION_PRESETS,
  SHIPPED.translation,
  async () => (await import('./translation/index.ts')).TRANSLATION,
);

/** `ringformer train vision`: the same for an image classifier. */
export const trainVisionCommand = trainCommandOf(
  { name: 'train vision', description: 'Train an image classifier on labelled images, or resume a run' },
  VISION_SETTINGS,
  VISION_PRESETS,
  SHIPPED.vision,
  async () => (await import('./vision/index.ts')).VISION,
);
