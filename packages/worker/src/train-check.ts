import { checkOptions, checkWhole, isRecord, RingformerError, saidOf } from '@ringformer/core/base';
import type { TrainHooks, TrainJob } from './train-job.ts';

const WHERE = '[ringformer/worker] train';
const JOB = [
  'data',
  'holdOut',
  'model',
  'transform',
  'steps',
  'batchSize',
  'lr',
  'warmup',
  'cooldown',
  'weightDecay',
  'smoothing',
  'mixup',
  'seed',
  'evaluateEvery',
  'checkpointEvery',
  'checkpoint',
] as const satisfies readonly (keyof TrainJob)[];
const HOOKS = ['onStep', 'onEvaluation', 'onCheckpoint'] as const satisfies readonly (keyof TrainHooks)[];

/** What plain data from a page may get wrong. @throws RingformerError 'bad-argument' */
export function checkJob(job: TrainJob, hooks: TrainHooks, signal: AbortSignal | undefined): void {
  expect('job', job, isRecord(job), '{ data, steps, … }');
  checkOptions(WHERE, job, JOB);
  checkOptions(`${WHERE}: hooks`, hooks, HOOKS);
  checkOptions(WHERE, { signal }, ['signal']);
  const { data, model, transform, checkpoint } = job;
  expect(
    'data',
    data,
    isRecord(data),
    '{ pixels, width, height, channels, labels, classes } or { idxImages, idxLabels }',
  );
  const bytes = 'idxImages' in data ? (['idxImages', 'idxLabels'] as const) : (['pixels', 'labels'] as const);
  for (const name of bytes) {
    const given = (data as Readonly<Record<string, unknown>>)[name];
    expect(`data.${name}`, given, given instanceof Uint8Array, 'a Uint8Array');
  }
  if ('pixels' in data) expect('data.classes', data.classes, Array.isArray(data.classes), 'an array of names');
  if (model !== undefined) expect('model', model, isRecord(model), 'an object with sizes, such as { dim: 64 }');
  if (transform !== undefined) {
    const { train, test } = (isRecord(transform) ? transform : {}) as Readonly<Record<string, unknown>>;
    const both = [train, test].every((given) => isRecord(given) && Array.isArray(given['steps']));
    expect('transform', transform, both, '{ train, test }, each with steps and normalize');
  }
  if (checkpoint !== undefined) expect('checkpoint', checkpoint, checkpoint instanceof Uint8Array, 'a Uint8Array');
  for (const name of ['lr', 'weightDecay', 'smoothing', 'mixup'] as const) {
    const most = name === 'smoothing' ? 1 : Number.POSITIVE_INFINITY;
    const given = job[name] ?? 0;
    const fits = typeof given === 'number' && given >= 0 && given < most;
    expect(name, job[name], fits, most === 1 ? 'a number of at least 0 and below 1' : 'a number of at least 0');
  }
  for (const name of ['warmup', 'cooldown'] as const) checkWhole(`${WHERE}:`, name, job[name] ?? 0, 0);
  for (const name of ['evaluateEvery', 'checkpointEvery'] as const) checkWhole(`${WHERE}:`, name, job[name] ?? 1, 1);
}

function expect(name: string, given: unknown, fits: boolean, what: string): void {
  if (fits) return;
  throw new RingformerError('bad-argument', `${WHERE}: ${name} is ${saidOf(given)}; expected ${what}.`);
}
