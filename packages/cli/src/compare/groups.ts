import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { changedSettings } from '@ringformer/core';
import { type Point, smooth } from '../logs/points.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import type { Run } from './read-run.ts';

/** Runs that differ only in their seeds. */
export type Group = { readonly name: string; readonly runs: readonly [Run, ...Run[]] };

/** What a group says: means of its runs, and how far they spread. */
export type Summary = {
  readonly validLoss?: Spread;
  readonly score?: Spread;
  readonly seconds: Spread;
  readonly perSecond?: Spread;
  readonly steps: Spread;
  readonly finished: boolean;
};

/** What doesn't make a run another one: its seed, and where it lies. */
const SAME = new Set(['seed', 'facts', 'format']);

/** Runs in groups: the seeds of one folder, and runs whose settings are the same but for the seed. */
export function groupRuns(folders: readonly { readonly path: string; readonly runs: readonly Run[] }[]): Group[] {
  const groups: { paths: string[]; runs: Run[] }[] = [];
  for (const { path, runs } of folders) {
    const like = groups.find(({ runs: [first] }) => sameButSeed(first!, runs[0]!));
    const known = new Set(like?.runs.map(({ seed }) => seed));
    if (like && runs.every(({ seed }) => !known.has(seed))) {
      like.paths.push(path);
      like.runs.push(...runs);
    } else groups.push({ paths: [path], runs: [...runs] });
  }
  const names = namesOf(groups.map(({ paths }) => paths[0]!));
  return groups.map(({ paths, runs }, i) => ({
    name: paths.length > 1 ? `${names[i]} …` : names[i]!,
    runs: runs as [Run, ...Run[]],
  }));
}

function sameButSeed(a: Run, b: Run): boolean {
  const names = Object.keys({ ...a.settings, ...b.settings }).filter((name) => !SAME.has(name) && !isPath(a, name));
  return changedSettings(a.settings, b.settings, names).length === 0 && sameData(a, b);
}

const PATHS = new Set(['source', 'target', 'mixture', 'validSource', 'validTarget', 'data', 'validData', 'init']);
/** Where data lie is no difference: whether they are the same is. */
const isPath = ({ settings: { facts } }: Run, name: string) =>
  facts !== undefined && PATHS.has(name) && name !== 'init';

const sameData = (a: Run, b: Run) => JSON.stringify(a.settings.facts) === JSON.stringify(b.settings.facts);

/** The last parts of paths, as many as tell them apart. */
function namesOf(paths: readonly string[]): string[] {
  const parts = paths.map((path) => resolve(path));
  const named = (count: number) =>
    parts.map((path) => {
      let at = path;
      for (let i = 1; i < count; i++) at = dirname(at);
      return at === dirname(at) ? path : join(basename(at), path.slice(at.length + 1));
    });
  for (let count = 1; count < 10; count++) {
    const names = named(count);
    if (new Set(names).size === names.length) return names;
  }
  return [...paths];
}

export function summaryOf({ runs }: Group): Summary {
  const of = (value: (run: Run) => number | undefined): Spread | undefined => {
    const found = runs.flatMap((run) => value(run) ?? []);
    return found.length > 0 ? spreadOf(found) : undefined;
  };
  return {
    validLoss: of((run) => run.validLoss),
    score: of((run) => run.score),
    seconds: spreadOf(runs.map(({ seconds }) => seconds)),
    perSecond: of(({ seconds, count }) => (seconds > 0 ? count / seconds : undefined)),
    steps: spreadOf(runs.map(({ steps }) => steps)),
    finished: runs.every(({ finished }) => finished),
  };
}

/** The mean of the runs' curves, where all of them have a point; losses of updates are smoothed first. */
export function meanCurve({ runs }: Group, name: keyof Run['curves']): Point[] {
  const curves = runs.map(({ curves }) => new Map(name === 'loss' ? smooth(curves[name]) : curves[name]));
  const [first] = curves as [Map<number, number>];
  return [...first.keys()]
    .filter((step) => curves.every((curve) => curve.has(step)))
    .map((step) => [step, spreadOf(curves.map((curve) => curve.get(step)!)).mean]);
}

/** What makes figures incomparable: other evaluation data, or tokens that are cut in another way. */
export function remarksOn(groups: readonly Group[]): string[] {
  const all = groups.flatMap(({ runs }) => runs);
  const differ = (value: (run: Run) => unknown) => new Set(all.map((run) => JSON.stringify(value(run)))).size > 1;
  const valid = ({ settings: { facts } }: Run) => {
    const { valid, classes } = (facts ?? {}) as { readonly valid?: unknown; readonly classes?: unknown };
    return [valid, classes];
  };
  const tokenizer = ({ task, folder }: Run) =>
    task === 'translation' ? hashOf(join(folder, 'model', 'tokenizer.json')) : '';
  return [
    ...(differ(valid) ? ['Judged on different data: losses and scores cannot be compared.'] : []),
    ...(differ(tokenizer) ? ['With different tokenizers: compare scores, not losses per token.'] : []),
    ...(differ(({ settings }) => settings.smoothing)
      ? ['With different label smoothing: compare valid losses, not those of updates.']
      : []),
    ...(all.every(({ finished }) => finished)
      ? []
      : ['Not all runs are finished (*): figures are those of the last evaluation.']),
  ];
}

const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
