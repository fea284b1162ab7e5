import * as tf from '@tensorflow/tfjs-core';
import { checkChoice, checkFunction, checkOptions, isRecord, kindOf, saidOf } from './arguments.ts';
import { RingformerError } from './errors.ts';
import { valueAndGrads } from './gradients.ts';
import { muonUpdate } from './muon.ts';
import { type AdamOptions, type AdamState, adamUpdate, clipScale, globalNorm, type Schedule } from './optimizer.ts';
import { pause } from './pause.ts';
import { deriveSeed } from './random.ts';
import { disposeTree, leaves, refill, type Tree } from './tree.ts';

/** The position of training in its data: the next batch to read. */
export type Cursor = { readonly epoch: number; readonly batch: number };

/**
 * Everything that the next update depends on, besides the task and its options. `adam.step` is the number of updates made.
 */
export type TrainState<P extends Tree> = { readonly params: P; readonly adam: AdamState<P>; readonly cursor: Cursor };

/** Frees the weights and both moments. */
export function disposeState<P extends Tree>({ params, adam }: TrainState<P>): void {
  for (const tree of [params, adam.m, adam.v]) disposeTree(tree);
}

/** What is learned. Knows nothing about files, optimisers or backends. */
export type TrainTask<P extends Tree, Batch> = {
  /** The loss, summed over the tokens (or images) that `count` counts. → scalar */
  loss(params: P, batch: Batch, dropoutSeed: number): tf.Scalar;
  /** How many tokens (or images) a batch's loss sums over. */
  count(batch: Batch): number;
  /** The batch at a cursor, always the same one, and the cursor of the next. */
  read(cursor: Cursor): Reading<Batch> | Promise<Reading<Batch>>;
  /** The cursor of the batch after the one at a cursor, which another rank reads. Without it, this rank reads it too. */
  skip?(cursor: Cursor): Cursor | Promise<Cursor>;
};

/** A batch, and the cursor of the next. */
export type Reading<Batch> = { readonly batch: Batch; readonly next: Cursor };

/** A batch and the seed of its dropout. */
export type Work<Batch> = { readonly batch: Batch; readonly seed: number };
/** Sums over one batch: loss and gradient. The receiver owns the gradient. */
export type Gradient<P extends Tree> = { readonly loss: number; readonly count: number; readonly grads: P };
/** Gradients of several batches in their order; by default computed here, one after another. */
export type Compute<P extends Tree, Batch> = (params: P, work: readonly Work<Batch>[]) => AsyncIterable<Gradient<P>>;

/**
 * One of several processes that train one model, each with a part of an update's batches: rank 0 has the first, rank 1 the
 * second and so on, in turn. See @ringformer/mpi.
 */
export type Ranks<P extends Tree> = {
  readonly rank: number;
  readonly size: number;
  /** The gradient to update with, from that of this rank's part. Takes over `own`. */
  gradient(own: Gradient<P>, step: number): Promise<Gradient<P>>;
  /** The state after an update, before it is evaluated and stored. Takes over `state`, unless it throws. */
  updated(state: TrainState<P>): Promise<TrainState<P>>;
};

export type OptimizerName = 'adam' | 'muon';

export type StepOptions = {
  readonly schedule: Schedule;
  readonly adam?: AdamOptions;
  /** What updates the weight matrices of attention and feed-forward networks: see `muonUpdate`. Default: 'adam'. */
  readonly optimizer?: OptimizerName;
  /** Largest 2-norm of the mean gradient; no clipping if absent. */
  readonly clipNorm?: number;
  /** Batches in one update. */
  readonly accumulate?: number;
  readonly seed: number;
};

/** One update: `loss` is the mean over its `count` tokens before the update, `norm` the gradient's before clipping. */
export type StepReport = {
  readonly step: number;
  readonly loss: number;
  readonly count: number;
  readonly norm: number;
  readonly lr: number;
  readonly epoch: number;
};

/** Computes gradients here, one batch after another. */
export function computeHere<P extends Tree, Batch>(task: TrainTask<P, Batch>): Compute<P, Batch> {
  return async function* (params, work) {
    for (const { batch, seed } of work) {
      const { value, grads } = valueAndGrads((params: P) => task.loss(params, batch, seed), params);
      const [loss] = await value.data();
      value.dispose();
      yield { loss: loss as number, count: task.count(batch), grads };
    }
  };
}

/**
 * One update from `accumulate` batches. Takes over `state` and disposes what it replaces.
 * @throws RingformerError 'diverged' if the loss or the gradient is no longer finite; `state` is then still intact.
 */
export async function trainStep<P extends Tree, Batch>(
  task: TrainTask<P, Batch>,
  state: TrainState<P>,
  { schedule, adam = {}, optimizer = 'adam', clipNorm, accumulate = 1, seed }: StepOptions,
  compute: Compute<P, Batch> = computeHere(task),
  ranks?: Ranks<P>,
): Promise<{ state: TrainState<P>; report: StepReport }> {
  const { params, cursor } = state;
  const { step } = state.adam;
  const work: Work<Batch>[] = [];
  let next = cursor;
  for (let i = 0; i < accumulate; i++) {
    const own = !ranks || i % ranks.size === ranks.rank;
    if (!own && task.skip) {
      next = await task.skip(next);
      continue;
    }
    const read = await task.read(next);
    if (own) work.push({ batch: read.batch, seed: deriveSeed(seed, step * accumulate + i) });
    next = read.next;
  }
  const part = await total(compute(params, work));
  const { loss, count, grads } = ranks ? await ranks.gradient(part, step) : part;
  const norm = globalNorm(grads);
  const meanNorm = (await norm.data())[0]! / count;
  norm.dispose();
  if (!Number.isFinite(loss) || !Number.isFinite(meanNorm)) {
    disposeTree(grads);
    throw new RingformerError(
      'diverged',
      `[ringformer/core] Training diverged at update ${step}: loss ${loss / count}, gradient norm ${meanNorm}. Lower the learning rate or lengthen the warm-up, and resume from the last checkpoint.`,
    );
  }
  const lr = schedule(step);
  const update = optimizer === 'muon' ? muonUpdate : adamUpdate;
  const updated = update(params, grads, state.adam, {
    ...adam,
    lr,
    gradScale: clipScale(meanNorm, clipNorm) / count,
  });
  for (const old of [grads, params, state.adam.m, state.adam.v]) disposeTree(old);
  return {
    state: { params: updated.params, adam: updated.state, cursor: next },
    report: { step: step + 1, loss: loss / count, count, norm: meanNorm, lr, epoch: cursor.epoch },
  };
}

async function total<P extends Tree>(parts: AsyncIterable<Gradient<P>>): Promise<Gradient<P>> {
  let sum: Gradient<P> | undefined;
  for await (const part of parts) {
    if (!sum) {
      sum = part;
      continue;
    }
    const [a, b] = [leaves(sum.grads), leaves(part.grads)];
    const added = a.map((x, i) => tf.add(x, b[i] as tf.Tensor));
    tf.dispose([a, b]);
    sum = { loss: sum.loss + part.loss, count: sum.count + part.count, grads: refill(part.grads, added) };
  }
  if (!sum) throw new RingformerError('bad-argument', '[ringformer/core] An update needs at least one batch.');
  return sum;
}

/**
 * What early stopping has seen so far: the best score, its update, and how many evaluations came after it. `due`: the update
 * whose evaluation was interrupted; it comes first when training resumes.
 */
export type History = {
  readonly best?: { readonly score: number; readonly step: number };
  readonly stale: number;
  readonly due?: number;
};

export type TrainOptions<P extends Tree, Batch> = StepOptions & {
  /** Total number of updates, including those before a resume. */
  readonly steps: number;
  readonly compute?: Compute<P, Batch>;
  readonly ranks?: Ranks<P>;
  readonly onStep?: (report: StepReport) => void;
  readonly evaluateEvery?: number;
  /** Higher scores are better. */
  readonly evaluate?: (state: TrainState<P>) => Promise<number>;
  /** Stops after this many evaluations without a better score. */
  readonly patience?: number;
  readonly checkpointEvery?: number;
  /**
   * Stores a state; training continues once it has resolved. Called every `checkpointEvery` updates, after evaluations and
   * at the end.
   */
  readonly checkpoint?: (state: TrainState<P>, history: History) => Promise<void>;
  readonly history?: History;
  readonly signal?: AbortSignal;
};

const WHERE = '[ringformer/core] train';
const TRAIN_OPTIONS = [
  'steps',
  'schedule',
  'adam',
  'optimizer',
  'clipNorm',
  'accumulate',
  'seed',
  'compute',
  'ranks',
  'onStep',
  'evaluateEvery',
  'evaluate',
  'patience',
  'checkpointEvery',
  'checkpoint',
  'history',
  'signal',
] as const satisfies readonly (keyof TrainOptions<Tree, unknown>)[];

/** @throws RingformerError 'bad-argument' */
function checkTraining<P extends Tree, Batch>(task: TrainTask<P, Batch>, options: TrainOptions<P, Batch>): void {
  for (const name of ['loss', 'count', 'read'] as const) checkFunction(WHERE, `task.${name}`, task?.[name]);
  checkOptions(WHERE, options ?? null, TRAIN_OPTIONS);
  checkFunction(WHERE, 'schedule', options.schedule);
  checkChoice(WHERE, 'optimizer', options.optimizer ?? 'adam', ['adam', 'muon']);
  if (options.steps >= 0) return;
  throw new RingformerError(
    'bad-argument',
    `${WHERE}: steps is ${saidOf(options.steps)}; expected a number of at least 0.`,
  );
}

/**
 * Trains until `steps` is reached, `patience` is spent or the signal is aborted; the latter stores the state first and then
 * throws the signal's reason. Takes over `state`; the caller owns the one returned. If it throws, no state is left.
 */
export async function train<P extends Tree, Batch>(
  task: TrainTask<P, Batch>,
  state: TrainState<P>,
  options: TrainOptions<P, Batch>,
): Promise<{ state: TrainState<P>; history: History }> {
  try {
    checkTraining(task, options);
  } catch (error) {
    if (isRecord(state?.adam)) disposeState(state);
    throw error;
  }
  if (!isRecord(state?.adam)) {
    throw new RingformerError(
      'bad-argument',
      `${WHERE}: state is ${kindOf(state)}; expected one such as \`beginTraining(params).state\`.`,
    );
  }
  const {
    steps,
    evaluateEvery,
    evaluate,
    patience = Number.POSITIVE_INFINITY,
    checkpointEvery,
    checkpoint,
    signal,
    onStep,
  } = options;
  let history = options.history ?? { stale: 0 };
  let stored = state.adam.step;
  const store = async () => {
    if (state.adam.step !== stored) await checkpoint?.(state, history);
    stored = state.adam.step;
  };
  const judge = async (evaluate: (state: TrainState<P>) => Promise<number>) => {
    const { step } = state.adam;
    const { due: _, ...before } = history;
    history = { ...before, due: step };
    const score = await evaluate(state);
    const better = before.best === undefined || score > before.best.score;
    history = better ? { best: { score, step }, stale: 0 } : { ...before, stale: before.stale + 1 };
    stored = -1; // the history has changed, if not the state
    await store();
  };
  try {
    if (evaluate && history.due === state.adam.step) await judge(evaluate);
    while (state.adam.step < steps && history.stale < patience) {
      await pause(signal);
      const done = await trainStep(task, state, options, options.compute, options.ranks);
      state = done.state;
      if (options.ranks) state = await options.ranks.updated(state);
      onStep?.(done.report);
      const { step } = state.adam;
      const due = (every?: number) => every !== undefined && (step % every === 0 || step === steps);
      if (evaluate && due(evaluateEvery)) await judge(evaluate);
      else if (due(checkpointEvery)) await store();
    }
    await store();
    return { state, history };
  } catch (error) {
    try {
      if (signal?.aborted) await store();
    } finally {
      disposeState(state);
    }
    throw error;
  }
}
