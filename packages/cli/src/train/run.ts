import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Backend,
  beginTraining,
  changedSettings,
  countParams,
  disposeState,
  RingformerError,
  resumeTraining,
  type TrainStart,
  type Tree,
  train,
  updateOptions,
  writeTrainState,
} from '@ringformer/core';
import type { Io } from '../io.ts';
import { removeStaleTemps, writeFileAtomic } from '../logs/atomic.ts';
import { usePrecision } from './precision.ts';
import { openRecords } from './records.ts';
import { type CommonSettings, mayChange, readSettings } from './settings.ts';
import { chooseParams, keepSnapshot } from './snapshots.ts';
import type { Facts, Opened, Subject } from './subject.ts';
import { shareWork } from './workers.ts';

export type RunOptions = {
  readonly output: string;
  /** Settings given now; if the folder already holds a run, they must agree with its own. */
  readonly given: Record<string, unknown>;
  /** Threads that compute gradients side by side, this one included. */
  readonly workers: number;
  readonly io: Io;
};

/** What a finished run reports: where its model is, and how well it does on the validation data. */
export type RunResult = {
  readonly model: string;
  readonly step: number;
  readonly validLoss: number;
  /** Of the kind that `scoreName` names: BLEU, accuracy. */
  readonly score: number;
  readonly scoreName: string;
};

/** Starts a run in `output`, or resumes the one there; writes the trained model to `output/model`. */
export async function runTraining<S extends CommonSettings, P extends Tree, Batch>(
  backend: Backend,
  subject: Subject<S, P, Batch>,
  { output, given, workers, io }: RunOptions,
): Promise<RunResult> {
  const { signal } = io;
  const { name, scoreName } = subject;
  if (!backend.trains)
    throw new RingformerError(
      'no-backend',
      `The backend '${backend.name}' cannot train: it lacks gradient kernels. Use --backend wasm.`,
    );
  if (workers > 1 && backend.name !== 'wasm' && backend.name !== 'cpu') {
    throw new RingformerError(
      'bad-argument',
      `Workers only compute on wasm. With --backend ${backend.name}, use --workers 1.`,
    );
  }
  const at = (...names: string[]) => join(output, ...names);
  const settings = await settingsOf(backend, subject, at('run.json'), given, output);
  mkdirSync(at('model'), { recursive: true });
  mkdirSync(at('snapshots'), { recursive: true });
  for (const folder of [output, at('model'), at('snapshots')]) removeStaleTemps(folder);

  const opened = await subject.open(settings, at('model'), signal);
  const { task, spec, validLoss, score } = opened;
  const start = startOf(at('checkpoint.safetensors'), name, opened, settings.seed);
  opened.begin?.();
  const records = openRecords(output, subject, settings.steps, start.state.adam.step, io.stderr, opened.reads);
  const resumed = start.state.adam.step > 0 ? `; resumed at update ${start.state.adam.step}` : '';
  records.note(`${countParams(start.state.params).toLocaleString('en')} parameters, ${opened.says}${resumed}`);

  const { precision } = settings;
  const pool =
    workers > 1
      ? await shareWork(task, { task: opened.workerTask, precision }, start.state.params, workers)
      : undefined;
  try {
    const { state, history } = await train(task, start.state, {
      ...updateOptions(settings),
      steps: settings.steps,
      history: start.history,
      patience: settings.patience,
      evaluateEvery: settings.evaluateEvery,
      checkpointEvery: settings.checkpointEvery,
      signal,
      compute: pool?.compute,
      onStep: (report) => records.step(report),
      evaluate: async ({ params, adam: { step } }) => {
        const loss = await validLoss(params);
        records.evaluation(step, loss, await score(params, signal));
        await keepSnapshot(at('snapshots'), params, step, settings.average);
        return -loss;
      },
      checkpoint: async (state, history) => {
        writeFileAtomic(at('checkpoint.safetensors'), await writeTrainState({ state, history, note: name }));
        await records.curve();
      },
    });
    const found = await chooseParams(state.params, spec, at('snapshots'), settings.average, validLoss);
    const last = await score(found.params, signal);
    writeFileAtomic(at('model', 'model.safetensors'), await opened.save(found.params));
    records.note(`${found.says}. ${scoreName} ${last.toFixed(2)}. Wrote ${at('model')}`);
    if (history.best)
      records.note(`best evaluation: update ${history.best.step}, valid loss ${(-history.best.score).toFixed(4)}`);
    const result = { model: at('model'), step: state.adam.step, validLoss: found.loss, score: last, scoreName };
    found.dispose();
    disposeState(state);
    return result;
  } finally {
    await pool?.close();
    await opened.close?.();
    records.close();
  }
}

async function settingsOf<S extends CommonSettings, P extends Tree, Batch>(
  backend: Backend,
  subject: Subject<S, P, Batch>,
  path: string,
  given: Record<string, unknown>,
  output: string,
): Promise<S> {
  const before = existsSync(path) ? readRun(path) : undefined;
  const stored = before && (subject.upgrade?.(before.settings) ?? before.settings);
  const settings = readSettings(subject, stored, given);
  const free = new Set([...mayChange(settings), ...subject.mayChange]);
  const fixed = Object.keys(stored ?? {}).filter((name) => !free.has(name));
  const [changed] = changedSettings(stored ?? {}, settings, fixed);
  if (changed) {
    throw new RingformerError(
      'bad-argument',
      `${output} holds a run with ${changed} ${stored?.[changed]}, not ${settings[changed as keyof S]}. Leave the flag out to resume it, or choose another --output.`,
    );
  }
  await usePrecision(backend, settings.precision);
  // so that a wrong name or setting leaves nothing behind
  const facts = await subject.check(settings, before && { output, facts: before.facts });
  mkdirSync(output, { recursive: true });
  writeFileAtomic(path, `${JSON.stringify(facts ? { ...settings, facts } : settings, null, 2)}\n`);
  return settings;
}

/** What run.json holds: the settings, and what the data were when the run began. */
function readRun(path: string): { settings: Record<string, unknown>; facts: Facts | undefined } {
  const { facts, ...settings } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  return { settings, facts: facts as Facts | undefined };
}

function startOf<P extends Tree>(
  path: string,
  name: string,
  { spec, init }: Pick<Opened<P, unknown>, 'spec' | 'init'>,
  seed: number,
): TrainStart<P> {
  if (!existsSync(path)) return beginTraining(init(seed));
  return resumeTraining<P>(
    'this run',
    spec,
    readFileSync(path),
    name,
    (stored) =>
      new RingformerError(
        'bad-checkpoint',
        `${path} belongs to a run of '${stored}', not '${name}'. Choose another --output.`,
      ),
  );
}
