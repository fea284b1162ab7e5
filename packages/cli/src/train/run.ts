import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Backend,
  countParams,
  disposeState,
  disposeTree,
  isRingformerError,
  RingformerError,
  reasonOf,
  type TrainOptions,
  type TrainState,
  type Tree,
  train,
  updateOptions,
} from '@ringformer/core';
import { errorCode } from '../errors.ts';
import type { FolderLock } from '../folder-lock.ts';
import type { Io } from '../io.ts';
import { removeStaleTemps } from '../logs/atomic.ts';
import { withPipesCopied } from './copy-pipes.ts';
import {
  bytesText,
  checkShares,
  fingerprint,
  ranksOf,
  sharesNote,
  startTogether,
  storeTogether,
  trafficOf,
  workersNote,
} from './distributed.ts';
import { hasCheckpoint, keptState } from './kept-state.ts';
import { usePrecision } from './precision.ts';
import { changedCourse, checkUnchanged, inUpdates, settingsOf } from './prepare-run.ts';
import { type RankStates, rankStates } from './rank-states.ts';
import { openRecords } from './records.ts';
import { readRun, writeRun } from './run-file.ts';
import type { CommonSettings } from './settings.ts';
import { chooseParams, dropSnapshots, keepSnapshot } from './snapshots.ts';
import { type Opened, type Subject, upgraded } from './subject.ts';
import { alone, checkAlike, type Team } from './team.ts';
import { lockTogether } from './team-lock.ts';
import { shareWork } from './workers.ts';

export type RunOptions = {
  readonly output: string;
  /** Settings given now; if the folder already holds a run, they must agree with its own. */
  readonly given: Record<string, unknown>;
  /** Threads that compute gradients side by side, this one included. */
  readonly workers: number;
  /** How many processors they use together. Default: all. */
  readonly processors?: number | undefined;
  readonly io: Io;
  /** The folder to resume with, if it is not `output`. */
  readonly within?: string;
  /** Called before anything of the run is written. */
  readonly onBegin?: () => void;
  /** What to say about the ranks when training begins. */
  readonly notes?: readonly string[];
  /** Take the folder even if a process on another machine has locked it. */
  readonly takeOver?: boolean;
  /** The ranks that train together, this one among them. Default: this one only. */
  readonly team?: Team;
};

/** What a finished run reports: where its model is, and how well it does on the validation data. */
export type RunResult = {
  readonly model: string;
  readonly step: number;
  readonly validLoss: number;
  /** Of the kind that `scoreName` names: BLEU, accuracy. Null if the settings ask for none. */
  readonly score: number | null;
  readonly scoreName: string;
  /** Bytes that each rank sent in an update, and what a vanilla Transformer of these sizes would; only with several ranks. */
  readonly sentBytes?: number;
  readonly vanillaBytes?: number;
};

/** Starts a run in `output`, or resumes the one there; `output/model` always holds its best or newest weights. */
export async function runTraining<S extends CommonSettings, P extends Tree, Batch>(
  backend: Backend,
  subject: Subject<S, P, Batch>,
  options: RunOptions,
): Promise<RunResult> {
  const { output, workers } = options;
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
  const { team = alone(options.io.signal), takeOver = false } = options;
  const lock = await lockTogether(team, output, options.io.signal, takeOver);
  const resumes = hasCheckpoint(output);
  let begun = false;
  try {
    return await runLocked(backend, subject, options, team, lock, () => {
      begun = true;
      options.onBegin?.();
    });
  } catch (error) {
    const { stderr } = options.io;
    const { signal, leads } = team;
    const where = resumes ? 'before it resumed: nothing has changed' : 'before the first update: nothing is left';
    if (signal.aborted && leads && !begun && isAbort(error, signal)) stderr.write(`Stopped ${where}.\n`);
    throw error;
  } finally {
    lock.release();
  }
}

/** @throws RingformerError 'bad-argument' if a run's settings are not those of this command */
function checkKind<S extends CommonSettings, P extends Tree, Batch>(
  { settings, command }: Subject<S, P, Batch>,
  output: string,
  stored: Readonly<Record<string, unknown>>,
): void {
  const strange = Object.keys(stored).filter((name) => !(name in settings));
  if (strange.length === 0) return;
  const more = strange.length > 3 ? ` and ${strange.length - 3} more` : '';
  throw new RingformerError(
    'bad-argument',
    `${output} holds a run with settings that ringformer ${command} does not have: ${strange.slice(0, 3).join(', ')}${more}. Another command or a newer version began it. Resume it with that one, or choose another --output.`,
  );
}

/** Everything in a run's folder, apart from what its model needs. */
const OWN = [
  'ranks',
  'run.json',
  'places.json',
  'mixture.json',
  'log.jsonl',
  'loss.svg',
  'events',
  'snapshots',
  'model',
];

/** What is known of a run before anything is written: every rank finds it out for itself. */
async function planRun<S extends CommonSettings, P extends Tree, Batch>(
  backend: Backend,
  subject: Subject<S, P, Batch>,
  { output, given }: RunOptions,
  { signal, size, collective }: Team,
) {
  const resumes = hasCheckpoint(output);
  const found = readRun(output, subject.settings);
  const stored = found && { ...found, settings: upgraded(subject, found.settings) };
  checkKind(subject, output, stored?.settings ?? {});
  if (resumes && !stored)
    throw new RingformerError(
      'bad-file',
      `${output} has a checkpoint, but its run.json is missing. Restore it, or choose another --output.`,
    );
  const wanted = settingsOf(subject, stored, given);
  const before = resumes ? stored : undefined; // a run without a checkpoint has learnt nothing: it starts again
  if (before)
    checkUnchanged(subject, before, { ...wanted, ...(wanted.epochs > 0 && { steps: before.settings.steps }) }, output);
  if (wanted.localSteps > 0 && !collective)
    throw new RingformerError(
      'bad-argument',
      `local-steps is ${wanted.localSteps}, which is about ranks that train together. Add --distributed${resumes ? '' : ', or leave --local-steps out'}.`,
    );
  await usePrecision(backend, wanted.precision);
  const [facts, opened] = await withPipesCopied(subject.settings, wanted, signal, async (readable) => [
    await subject.check(readable, before && { output, facts: before.facts, given }),
    await subject.open(readable, join(output, 'model'), signal, resumes, size),
  ]);
  const settings = inUpdates(wanted, opened.batchesPerEpoch);
  if (before) checkUnchanged(subject, before, settings, output);
  if (collective) checkShares(settings, size);
  return { settings, stored, before, facts, opened, resumes };
}

async function runLocked<S extends CommonSettings, P extends Tree, Batch>(
  backend: Backend,
  subject: Subject<S, P, Batch>,
  options: RunOptions,
  team: Team,
  lock: FolderLock,
  onBegin: () => void,
): Promise<RunResult> {
  const { output, workers, processors, io, within = output, notes = [] } = options;
  const { signal, collective, leads } = team;
  const { scoreName } = subject;
  const at = (...names: string[]) => join(output, ...names);
  const plan = await team.together(() => planRun(backend, subject, options, team));
  const { settings, stored, before, facts, opened, resumes } = plan;
  await checkAlike(team, await fingerprint(subject, { ...plan, backend: backend.name }));
  const kept = keptState(output, subject.name, opened);
  const own = { team, opened, name: subject.name };
  const start = await startTogether<P>(own, { settings, resumes, output, kept });
  const first = start.state.adam.step;
  await team.together(() => io.signal.throwIfAborted());
  const ranks = await ranksOf(team, settings, start);
  const storeOwn = storeTogether<P>(own, ranks, output);
  const local = ranks && 'also' in ranks ? rankStates<P>(output, team.rank, opened.spec) : undefined;
  local?.dropAfter(first);
  const judgedAnew = before?.facts && JSON.stringify(before.facts.valid) !== JSON.stringify(facts?.valid);
  const workerWork = { task: opened.workerTask, precision: settings.precision, processors };
  const share = async () =>
    workers > 1 ? await shareWork(opened.task, workerWork, start.state.params, workers) : undefined;
  const course = {
    ...updateOptions(settings),
    steps: settings.steps,
    history: judgedAnew ? { stale: 0 } : start.history,
    patience: settings.patience,
    evaluateEvery: settings.evaluateEvery,
    checkpointEvery: settings.checkpointEvery,
    signal,
    ranks,
  };
  if (!leads) return follow(opened, start.state, { team, course, share, storeOwn, local });

  onBegin(); // from here on, a stop is reported below
  const existed = new Set(stored ? [] : OWN.filter((name) => existsSync(at(name))));
  const undo = () => {
    for (const name of OWN) if (!existed.has(name)) rmSync(at(name), { recursive: true, force: true });
  };
  let records: ReturnType<typeof openRecords> | undefined;
  let pool: Awaited<ReturnType<typeof shareWork<P, Batch>>> | undefined;
  let last = resumes ? first : undefined; // the update of the newest checkpoint
  let finished = false;
  const losses: { untrained?: number; atCheckpoint?: number } = {};
  try {
    for (const name of ['model', 'snapshots']) mkdirSync(at(name), { recursive: true });
    for (const folder of [output, at('model'), at('snapshots')]) removeStaleTemps(folder);
    dropSnapshots(at('snapshots'), first);
    opened.begin();
    if (!resumes || !existsSync(at('model', 'model.safetensors'))) await kept.writeModel(start.state.params);
    writeRun(output, { settings, facts }, subject.settings);

    const log = openRecords(output, subject, settings.steps, first, io.stderr, opened.reads);
    records = log;
    losses.untrained = log.lossAt(1);
    const from = first > 0 ? `; resumed at update ${first}` : '';
    log.note(`${countParams(start.state.params).toLocaleString('en')} parameters, ${opened.says}${from}`);
    if (opened.counts) log.once({ step: first, data: opened.counts });
    for (const [name, old, now] of changedCourse(stored, settings)) {
      log.note(`${name} is ${now} from update ${first} on; it was ${old}`);
      log.write({ step: first, changed: name, from: old, to: now });
    }
    if (settings.warmup >= settings.steps)
      log.note(
        `warmup is ${settings.warmup}, so the learning rate never reaches its peak in ${settings.steps} updates`,
      );
    if (judgedAnew) log.note('the evaluation data have changed: earlier evaluations no longer count');

    const ranksBefore = log.ranks();
    if (collective || ranksBefore) log.once({ step: first, ranks: team.size });
    if (ranksBefore && ranksBefore !== team.size) {
      log.note(
        `the number of ranks was ${ranksBefore} and is now ${team.size}: gradients are added in another order, so weights may differ in their last digits from those of an unbroken run`,
      );
    }
    const traffic =
      ranks && team.size > 1 ? trafficOf(settings, countParams(start.state.params), opened.vanilla) : undefined;
    if (collective) log.note(`${team.size} ${team.size > 1 ? 'ranks' : 'rank'}, ${collective.says}`);
    const uneven = sharesNote(settings, team.size);
    const idle = workersNote(settings, team.size, workers);
    for (const note of [...notes, collective && uneven, idle]) if (note) log.note(note);
    let sent = collective?.sent() ?? 0;
    const sentSince = () => {
      const now = collective?.sent() ?? 0;
      const since = now - sent;
      sent = now;
      return since;
    };

    pool = await share();
    let best = judgedAnew ? undefined : start.history.best;
    let inModel: number | undefined; // the update whose weights model/ holds
    const { state, history } = await train(opened.task, start.state, {
      ...course,
      compute: pool?.compute,
      onStep: (report) => {
        if (report.step === 1) losses.untrained = report.loss;
        if (report.step === (last ?? 0) + 1) losses.atCheckpoint = report.loss;
        // with local steps, each rank reports its own part of an update
        log.step({ ...report, count: report.count * (local ? team.size : 1) }, traffic && sentSince());
      },
      evaluate: ({ params, adam: { step } }) =>
        team.fromLead(async () => {
          const loss = await opened.validLoss(params);
          if (!Number.isFinite(loss)) throw diverged(`the validation loss is ${loss} at update ${step}`);
          lock.check();
          await keepSnapshot(at('snapshots'), params, step, settings.average);
          if (!best || -loss > best.score) {
            best = { score: -loss, step };
            await kept.writeModel(params);
          } else if (inModel !== best.step) await kept.bestToModel();
          inModel = best.step;
          log.evaluation(step, loss, await opened.score(params, io.signal));
          return -loss;
        }),
      checkpoint: async (state, history) => {
        lock.check();
        const also = await storeOwn(state, history);
        await kept.store(state, history, also);
        for (const tree of Object.values(also?.trees ?? {})) disposeTree(tree);
        last = state.adam.step;
        losses.atCheckpoint = undefined;
        if (!history.best) await kept.writeModel(state.params);
        await log.curve();
      },
    });
    return await team.fromLead(async () => {
      const found = await chooseParams(state.params, opened.spec, at('snapshots'), settings.average, opened.validLoss);
      if (!Number.isFinite(found.loss)) throw diverged(`the validation loss is ${found.loss} at the end`);
      lock.check();
      await kept.writeModel(found.params);
      finished = true;
      log.note(`${found.says}. Wrote ${at('model')}`);
      if (history.best)
        log.note(`best evaluation: update ${history.best.step}, valid loss ${(-history.best.score).toFixed(4)}`);
      await opened.report?.(found.params);
      const score = await opened.score(found.params, io.signal);
      if (score !== undefined) log.note(`${scoreName} ${score.toFixed(2)}`);
      const reached = { step: state.adam.step, validLoss: found.loss, score: score ?? null, scoreName };
      const bytes = traffic && { sentBytes: Math.round(traffic.ring), vanillaBytes: Math.round(traffic.vanilla) };
      if (traffic) log.note(saysTraffic(traffic, team.size));
      log.once({ step: reached.step, result: { ...reached, ...bytes } });
      found.dispose();
      disposeState(state);
      return { model: at('model'), ...reached, ...bytes };
    });
  } catch (error) {
    const resume = `ringformer ${subject.command} --output ${quoted(within)}`;
    const say = (line: string) => (records ? records.note(line) : io.stderr.write(`${line}\n`));
    if (signal.aborted && isAbort(error, signal)) {
      if (finished) say(`Stopped. ${at('model')} is finished; only its score is missing.`);
      else if (last === undefined) {
        say('Stopped before the first update: nothing is left.');
        records?.close();
        records = undefined;
        undo();
      } else {
        lock.check();
        await kept.newestToModel();
        say(
          `Stopped at update ${last} of ${settings.steps}; ${at('model')} holds these weights. Resume with: ${resume}`,
        );
      }
    } else if (isRingformerError(error) && error.code === 'diverged') {
      const { untrained = Number.POSITIVE_INFINITY, atCheckpoint = Number.POSITIVE_INFINITY } = losses;
      const good = last !== undefined && Number.isFinite(atCheckpoint) && atCheckpoint <= untrained;
      const step = good ? last : await kept.goBack(settings.seed);
      if (local) local.dropAfter(await team.fromLead(() => step as number));
      throw adviceAfter(error, { step: step as number, best: !good, lr: settings.lr, resume });
    } else if (last === undefined) {
      records?.close();
      records = undefined;
      undo();
    }
    throw error;
  } finally {
    await pool?.close();
    await opened.close?.();
    records?.close();
  }
}

type Followed<P extends Tree, Batch> = {
  readonly team: Team;
  readonly course: Omit<TrainOptions<P, Batch>, 'compute' | 'evaluate' | 'checkpoint'>;
  readonly share: () => Promise<Awaited<ReturnType<typeof shareWork<P, Batch>>> | undefined>;
  readonly storeOwn: ReturnType<typeof storeTogether<P>>;
  readonly local: RankStates<P> | undefined;
};

/** What a rank other than 0 does: its part of each update. Rank 0 evaluates and writes. */
async function follow<P extends Tree, Batch>(
  opened: Opened<P, Batch>,
  start: TrainState<P>,
  { team, course, share, storeOwn, local }: Followed<P, Batch>,
): Promise<RunResult> {
  const fromLead = <T>() =>
    team.fromLead<T>(() => {
      throw new RingformerError('lost', 'Only rank 0 does this.');
    });
  const pool = await share();
  try {
    const { state } = await train(opened.task, start, {
      ...course,
      compute: pool?.compute,
      evaluate: () => fromLead<number>(),
      checkpoint: async (state, history) => {
        const also = await storeOwn(state, history);
        for (const tree of Object.values(also?.trees ?? {})) disposeTree(tree);
      },
    });
    disposeState(state);
    return await fromLead<RunResult>();
  } catch (error) {
    if (local && errorCode(error) === 'diverged') local.dropAfter(await fromLead<number>());
    throw error;
  } finally {
    await pool?.close();
    await opened.close?.();
  }
}

/** 'Each of 2 ranks sent 1.23 MB in an update; …' */
const saysTraffic = ({ ring, vanilla, times }: ReturnType<typeof trafficOf>, size: number): string =>
  `Each of ${size} ranks sent ${bytesText(ring)} in an update; a vanilla Transformer of these sizes would send ${bytesText(vanilla)}, ${times.toFixed(1)} times as much`;

const diverged = (what: string) => new RingformerError('diverged', `Training diverged: ${what}.`);

/** A lower rate that can be typed as it stands. */
const lower = (lr: number): number => Math.min(5e-4, Number((lr / 3).toPrecision(1)));

/** The error of a run that diverged, with the command that goes on from what is kept. */
function adviceAfter(
  error: Error,
  { step, best, lr, resume }: { step: number; best: boolean; lr: number; resume: string },
): RingformerError {
  const what = reasonOf(error)
    .split(/\. (?=Lower)/)[0]
    ?.replace(/\.$/, '');
  const from = !best
    ? `The last checkpoint, of update ${step}, is good`
    : step > 0
      ? `What came after update ${step}, the best evaluation, is given up`
      : 'Nothing learnt so far is worth keeping, so the run will start again';
  return new RingformerError(
    'diverged',
    `${what}. ${from}. Resume with a lower rate or a longer warm-up: ${resume} --lr ${lower(lr)}`,
    { cause: error },
  );
}

const isAbort = (error: unknown, { reason }: AbortSignal): boolean =>
  error === reason || (error instanceof Error && error.name === 'AbortError');

/** A path as a shell takes it. */
const quoted = (path: string): string => (/^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
