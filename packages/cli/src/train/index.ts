import { resolve } from 'node:path';
import { type Backend, reasonOf, type Tree } from '@ringformer/core';
import { type Collective, launchedSize, localRanks } from '@ringformer/mpi';
import { UsageError } from '../errors.ts';
import { optionalNumber } from '../flags.ts';
import { type Io, write } from '../io.ts';
import type { Entry } from './entries.ts';
import { expandPresets } from './presets.ts';
import { runTraining } from './run.ts';
import { readRun } from './run-file.ts';
import { givenToSeeds, trainSeeds, wantsSeeds } from './seeds.ts';
import { type CommonSettings, cannotStart, flagOf, overridden, parseSettings } from './settings.ts';
import { settingsNamed } from './shipped.ts';
import type { Subject } from './subject.ts';
import { alone, teamOf } from './team.ts';
import { boundNote, processorsOf } from './workers.ts';

/**
 * Runs `ringformer train` from parsed flags (kebab-case names); paths in a settings file, too, are relative to the caller's
 * folder.
 */
export async function trainFrom<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  flags: Record<string, string | undefined>,
  start: () => Promise<Backend>,
  io: Io,
  collective?: Collective,
): Promise<void> {
  const team = collective ? teamOf(collective, io.signal) : alone(io.signal);
  const { backend, several, options } = await team.together(async () => {
    const backend = await start();
    return { backend, ...(await optionsOf(subject, flags, io, collective)) };
  });
  const result = several
    ? await trainSeeds(backend, subject, { ...options, count: optionalNumber(flags.seeds) })
    : await runTraining(backend, subject, { ...options, team }).catch(async (error) => {
        if (!team.isShared(error)) await collective?.abort(reasonOf(error)); // the others wait for this rank
        throw error;
      });
  if (flags.json && team.leads) await write(io.stdout, `${JSON.stringify(result)}\n`);
}

/** What to run, from flags. @throws UsageError */
async function optionsOf<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  flags: Record<string, string | undefined>,
  io: Io,
  collective: Collective | undefined,
) {
  const { output } = flags;
  const given = await givenSettings(subject, flags);
  if (output === undefined) {
    const { problems } = parseSettings(subject, given);
    throw new UsageError(cannotStart(subject, ['--output is missing: folder of the run.', ...problems]));
  }
  const several = wantsSeeds(output, optionalNumber(flags.seeds));
  if (several && collective)
    throw new UsageError('--seeds and --distributed do not go together. Start one distributed run for each seed.');
  const ranksHere = collective ? localRanks(process.env) : 1;
  const processors = optionalNumber(flags.threads);
  return {
    several,
    options: {
      output,
      given,
      workers: Number(flags.workers ?? 1),
      processors: processorsOf(ranksHere, processors),
      notes: collective ? notesOf(collective, boundNote(ranksHere, processors)) : [],
      takeOver: Boolean(flags['take-over']),
      io,
    },
  };
}

/** What a user may not know about the ranks. */
function notesOf({ size }: Collective, bound: string | undefined): string[] {
  const alone = size === 1 && launchedSize(process.env) === undefined;
  return [
    ...(alone
      ? ['no launcher started this process, so it trains by itself: for 4 ranks, mpiexec -n 4 ringformer …']
      : []),
    ...(bound ? [bound] : []),
  ];
}

/** The settings of the file that flags name and those in the flags themselves, which come first; presets are expanded. */
async function givenSettings<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  flags: Record<string, string | undefined>,
): Promise<Record<string, unknown>> {
  const { settings, presets } = subject;
  const file = flags.settings ? settingsNamed(flags.settings, subject.name, settings) : {};
  const typed: Record<string, unknown> = {};
  for (const name of Object.keys({ ...presets, ...settings })) {
    const value = flags[flagOf(name)];
    const { path } = (settings as Readonly<Record<string, Entry | undefined>>)[name] ?? {};
    if (value !== undefined) typed[name] = path && value ? resolve(value) : value;
  }
  const { output } = flags;
  const stored =
    output === undefined ? undefined : (readRun(output, settings)?.settings ?? givenToSeeds(output, settings));
  const architecture = String(typed.architecture ?? file.architecture ?? stored?.architecture ?? 'ring');
  const below = await expandPresets(presets, settings, withData(file, typed), architecture);
  const above = await expandPresets(presets, settings, typed, architecture);
  return { ...overridden(below, above), ...above };
}

/** A file's settings, with the flag `--data` if it has none: what the recipe 'paper' does depends on the data. */
const withData = (file: Readonly<Record<string, unknown>>, { data }: Readonly<Record<string, unknown>>) =>
  data === undefined ? file : { ...file, data };
