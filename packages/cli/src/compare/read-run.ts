import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Cost, costOf } from '../cost/show-cost.ts';
import { FailedError } from '../errors.ts';
import { families, familyOf } from '../families.ts';
import { type LogRecord, readJsonl } from '../logs/jsonl.ts';
import type { Point } from '../logs/points.ts';
import { resultOf } from '../train/result.ts';
import { readJson } from '../train/run-file.ts';
import { seedFolder, seedsIn } from '../train/seeds.ts';

/** What a folder of training says of its run. */
export type Run = {
  readonly folder: string;
  readonly task: 'translation' | 'vision';
  /** Its settings, and what its data were: as run.json has them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly cost: Cost;
  /** Updates made. */
  readonly steps: number;
  readonly finished: boolean;
  /** Of its model if it is finished, otherwise of the last evaluation; undefined if there is none. */
  readonly validLoss?: number;
  readonly score?: number;
  /** BLEU, accuracy */
  readonly scoreName: string;
  /** What losses count: tokens or images. */
  readonly unit: 'token' | 'image';
  /** Spent on updates, without evaluations, in all of its sessions. */
  readonly seconds: number;
  /** Tokens or images in these. */
  readonly count: number;
  readonly curves: Readonly<Record<'loss' | 'validLoss' | 'score', readonly Point[]>>;
};

/** How long the sentences are whose translation is counted. */
export type Lengths = { readonly source: number; readonly target: number };

/** The folders of the runs in a folder: itself, or its seeds. @throws FailedError */
export function runFolders(path: string): readonly string[] {
  const seeds = seedsIn(path);
  if (seeds) {
    const begun = seeds.map((seed) => seedFolder(path, seed)).filter((folder) => existsSync(join(folder, 'run.json')));
    if (begun.length > 0) return begun;
    throw new FailedError(`${path} holds seeds, but none of its runs has begun.`);
  }
  if (existsSync(join(path, 'run.json'))) return [path];
  if (existsSync(join(path, 'seeds.json')))
    throw new FailedError(`${join(path, 'seeds.json')} is damaged: expected a JSON object with a list of seeds.`);
  const ofRun = basename(resolve(path)) === 'model' && existsSync(join(path, '..', 'run.json'));
  const hint = ofRun ? ` Did you mean ${dirname(resolve(path))}?` : '';
  throw new FailedError(`${path} is not a training run: it has no run.json.${hint}`);
}

/** @throws FailedError or RingformerError 'bad-file' if a file is missing or damaged */
export async function readRunOf(folder: string, lengths: Lengths): Promise<Run> {
  const at = (...names: string[]) => join(folder, ...names);
  const settings = readJson(at('run.json'));
  if (!settings) throw new FailedError(`${at('run.json')} is damaged: expected a JSON object of settings.`);
  const files = [at('model', 'config.json'), at('log.jsonl')];
  const missing = files.find((path) => !existsSync(path));
  if (missing) throw new FailedError(`${missing} is missing. ${folder} has not begun to train: resume it.`);
  const config = readFileSync(files[0]!, 'utf8');
  const task = familyOf(config) === families.vision ? 'vision' : 'translation';
  const unit = task === 'vision' ? 'image' : 'token';
  const records = readJsonl(files[1]!);
  const curves = {
    loss: points(records, 'loss'),
    validLoss: points(records, 'validLoss'),
    score: points(records, 'score'),
  };
  const result = resultOf(records);
  return {
    folder,
    task,
    settings,
    seed: Number(settings.seed),
    cost: await costOf(config, lengths),
    steps: records.reduce((most, { step = 0 }) => Math.max(most, step), 0), // too many for arguments of Math.max
    finished: result !== undefined,
    validLoss: result?.validLoss ?? curves.validLoss.at(-1)?.[1],
    score: result ? (result.score ?? undefined) : curves.score.at(-1)?.[1],
    scoreName: result?.scoreName ?? (task === 'vision' ? 'accuracy' : 'BLEU'),
    unit,
    ...timeOf(records, `${unit}s`),
    curves,
  };
}

/** Values that are numbers; what was not finite is logged as a text. */
const points = (records: readonly LogRecord[], name: string): Point[] =>
  records.flatMap((record): Point[] => {
    const value = record[name];
    return typeof value === 'number' && record.step !== undefined ? [[record.step, value]] : [];
  });

/** The time of updates, from how many tokens or images each had and how fast it was. */
function timeOf(records: readonly LogRecord[], unit: string): Pick<Run, 'seconds' | 'count'> {
  let seconds = 0;
  let count = 0;
  for (const { [unit]: done, perSecond } of records) {
    if (typeof done !== 'number' || typeof perSecond !== 'number' || perSecond <= 0) continue;
    count += done;
    seconds += done / perSecond;
  }
  return { seconds, count };
}
