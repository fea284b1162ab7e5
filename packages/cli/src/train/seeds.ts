import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Backend,
  changedSettings,
  isRingformerError,
  RingformerError,
  reasonOf,
  type Tree,
} from '@ringformer/core';
import { FailedError, UsageError } from '../errors.ts';
import { lockFolder } from '../folder-lock.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { type Spread, spreadOf, spreadText } from '../statistics.ts';
import { pipesIn } from './copy-pipes.ts';
import type { Entry } from './entries.ts';
import { settingsOf } from './prepare-run.ts';
import { resultIn } from './result.ts';
import { type RunOptions, type RunResult, runTraining } from './run.ts';
import { foundPaths, readJson, readRun, relativePaths } from './run-file.ts';
import { COMMON, type CommonSettings, EITHER, flagOf, overridden } from './settings.ts';
import { type Subject, upgraded } from './subject.ts';

const FORMAT = 'ringformer-seeds/1';
/** What a folder of runs says of them: their seeds, and what was given to all of them. */
const NAME = 'seeds.json';

type Settings = Readonly<Record<string, unknown>>;
type Stored = { readonly seeds: readonly number[]; readonly given: Settings };

export const seedFolder = (folder: string, seed: number): string => join(folder, `seed-${seed}`);

/** The seeds of a folder of runs that differ only in their seeds; undefined if it is not one. */
export function seedsIn(folder: string): readonly number[] | undefined {
  const found = readJson(join(folder, NAME));
  return Array.isArray(found?.seeds) ? (found.seeds as number[]) : undefined;
}

function readSeeds(folder: string, entries: Readonly<Record<string, Entry>>): Stored | undefined {
  const path = join(folder, NAME);
  if (!existsSync(path)) return undefined;
  const found = readJson(path);
  const { format, seeds, given = {}, places = {} } = found ?? {};
  if (format === FORMAT && Array.isArray(seeds) && seeds.every(Number.isSafeInteger))
    return { seeds, given: foundPaths(folder, given as Settings, places as Settings, entries) };
  throw new RingformerError(
    'bad-file',
    `${path} is damaged: expected JSON of format '${FORMAT}'. Restore it, or choose another --output.`,
  );
}

/** What was given to all runs of a folder of seeds; undefined if it is not one. */
export const givenToSeeds = (folder: string, entries: Readonly<Record<string, Entry>>): Settings | undefined =>
  readSeeds(folder, entries)?.given;

export type SeedsResult = {
  readonly seeds: readonly ({ readonly seed: number } & RunResult)[];
  readonly validLoss: Spread;
  /** Null if the settings ask for no score. */
  readonly score: Spread | null;
  readonly scoreName: string;
};

/** Whether training is to be repeated with several seeds: now, or when the run in the folder began. */
export const wantsSeeds = (output: string, count: number | undefined): boolean =>
  count !== undefined || existsSync(join(output, NAME));

/**
 * Trains one run after another that differ only in their seeds, each in a folder of its own; those that are finished are
 * left as they are. One that diverges doesn't stop the others.
 * @throws FailedError that names the ones which diverged, when the others are done
 */
export async function trainSeeds<S extends CommonSettings, P extends Tree, Batch>(
  backend: Backend,
  subject: Subject<S, P, Batch>,
  { output, given, io, ...options }: RunOptions & { readonly count: number | undefined },
): Promise<SeedsResult> {
  const { count } = options;
  for (const [name, path] of pipesIn(subject.settings, given))
    throw new UsageError(
      `--${flagOf(name)} is ${path}, a pipe, which can be read only once, and each seed reads it. Save it to a file first.`,
    );
  const lock = lockFolder(output, { takeOver: options.takeOver ?? false });
  try {
    const before = readSeeds(output, subject.settings);
    const seeds = seedsOf(output, before, given, count);
    const { seed: _, ...all } = { ...overridden(before?.given ?? {}, given), ...given };
    const { stored, places } = relativePaths(output, all, subject.settings);
    const results: SeedsResult['seeds'][number][] = [];
    const diverged: string[] = [];
    for (const [i, seed] of seeds.entries()) {
      io.signal.throwIfAborted();
      const folder = seedFolder(output, seed);
      const done = finishedRun(subject, folder, { ...all, seed });
      io.stderr.write(`seed ${seed} (${i + 1} of ${seeds.length})${done ? ': finished' : ''}\n`);
      if (done) {
        results.push({ seed, ...done });
        continue;
      }
      try {
        const run = { ...options, output: folder, given: { ...all, seed }, io, within: output };
        const begun = () => {
          lock.check();
          writeFileAtomic(
            join(output, NAME),
            `${JSON.stringify({ format: FORMAT, seeds, given: stored, places }, null, 2)}\n`,
          );
        };
        results.push({ seed, ...(await runTraining(backend, subject, { ...run, onBegin: begun })) });
      } catch (error) {
        if (!isRingformerError(error) || error.code !== 'diverged') throw error;
        diverged.push(`seed ${seed}: ${reasonOf(error)}`);
        io.stderr.write(`${diverged.at(-1)}\n`);
      }
    }
    if (results.length > 0) io.stderr.write(summary(results));
    if (diverged.length > 0)
      throw new FailedError(`${diverged.length} of ${seeds.length} seeds diverged:\n${diverged.join('\n')}`);
    return resultOf(results);
  } finally {
    lock.release();
  }
}

/** The seeds of a folder: so many from the first one on. */
function seedsOf(output: string, before: Stored | undefined, given: Settings, count: number | undefined): number[] {
  if (!before && existsSync(join(output, 'run.json')))
    throw new RingformerError(
      'bad-argument',
      `${output} holds a single run. Leave --seeds out to resume it, or choose another --output.`,
    );
  const first = Number(given.seed ?? before?.seeds[0] ?? COMMON.seed.default);
  const size = count ?? before?.seeds.length ?? 1;
  const seeds = Array.from({ length: size }, (_, i) => first + i);
  const lost = before?.seeds.filter((seed) => !seeds.includes(seed)) ?? [];
  if (lost.length === 0) return seeds;
  throw new RingformerError(
    'bad-argument',
    `${output} holds the seeds ${before?.seeds.join(', ')}, and seed ${lost[0]} would be left out. Give --seeds at least ${before?.seeds.length}${given.seed === undefined ? '' : ' and leave --seed out'}, or choose another --output.`,
  );
}

/** The result of a run that is finished and would not change with these settings. */
function finishedRun<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  folder: string,
  given: Settings,
): RunResult | undefined {
  const run = readRun(folder, subject.settings);
  const result = resultIn(folder);
  if (!run || !result || !existsSync(join(folder, 'model', 'model.safetensors'))) return undefined;
  const stored = { ...run, settings: upgraded(subject, run.settings) };
  const wanted: Settings = settingsOf(subject, stored, given);
  const inEpochs = EITHER.flatMap(([updates, epochs]) => (Number(wanted[epochs]) > 0 ? [updates as string] : []));
  const names = Object.keys(wanted).filter((name) => name in stored.settings && !inEpochs.includes(name));
  if (changedSettings(stored.settings, wanted, names).length > 0) return undefined;
  return { model: join(folder, 'model'), ...result };
}

function resultOf(results: SeedsResult['seeds']): SeedsResult {
  const scores = results.flatMap(({ score }) => (score === null ? [] : [score]));
  return {
    seeds: results,
    validLoss: spreadOf(results.map(({ validLoss }) => validLoss)),
    score: scores.length > 0 ? spreadOf(scores) : null,
    scoreName: results[0]?.scoreName ?? '',
  };
}

function summary(results: SeedsResult['seeds']): string {
  const { validLoss, score, scoreName } = resultOf(results);
  const scored = score === null ? '' : `, ${scoreName} ${spreadText(score, 2)}`;
  const each = results.length === 1 ? '1 seed' : `${results.length} seeds, mean ± standard deviation`;
  return `${each}: valid loss ${spreadText(validLoss, 4)}${scored}\n`;
}
