import { nearest } from '@ringformer/core/base';
import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { choice, commonArgs, negativeFlags, number, optionalNumber, scan, toggle } from '../flags.ts';
import type { Io } from '../io.ts';
import { modelFor } from '../kinds.ts';
import { engineOf, searchArgs, searchOf } from '../translate/command.ts';

const ACTIONS = ['submit', 'work', 'status', 'cancel', 'join'];

const redis = {
  type: 'string',
  description: 'Redis or Valkey, such as redis://:password@host:6379; rediss:// is with TLS (also: RINGFORMER_REDIS)',
  valueHint: 'URL',
} as const;
const run = { type: 'positional', required: false, description: 'folder or s3://bucket/prefix of the run' } as const;
const { json, debug, model, backend } = commonArgs;
const { threads, ...otherSearchArgs } = searchArgs;
const attempts = number('times a shard is tried before it counts as failed', {
  min: 1,
  max: 1000,
  whole: true,
  default: '5',
});

const parentArgs = {
  'action…': { type: 'positional', required: false, description: ACTIONS.join(', ') },
} as const;

/** `ringformer batch` without a word that says what to do. */
export const batchCommand = defineCommand({
  meta: {
    name: 'batch',
    description: `Translate or classify corpora on many machines: ${ACTIONS.map((name) => `batch ${name}`).join(', ')}`,
  },
  args: parentArgs,
  run({ rawArgs }) {
    const [action] = scan(rawArgs, parentArgs).positionals;
    const closest = action === undefined ? undefined : nearest(action, ACTIONS);
    const what = action === undefined ? 'Say what to do' : `Unknown command 'batch ${action}'`;
    throw new UsageError(
      `${what}. ${closest ? `Did you mean ${closest}?` : `Expected ringformer batch ${ACTIONS.join(', ')}.`}`,
    );
  },
});

const submitArgs = {
  'input…': {
    type: 'positional',
    required: false,
    description:
      'files of lines: paths that all workers see, s3:// or https://, also .gz; to classify: folders, images or lists of paths. Leave them out to continue a run',
  },
  output: {
    type: 'string',
    alias: 'o',
    description: 'folder that all workers see, or s3://bucket/prefix: the run, its output and what is done',
    valueHint: 'RUN',
  },
  redis,
  format: choice(
    'what files are: lines of text, whatever their names are (text); or documents, which are refused, if their names say so (auto)',
    ['auto', 'text'],
    'auto',
  ),
  task: choice('what to do with each line', ['translate', 'classify'], 'translate'),
  'shard-lines': number('lines of a shard, the part that one worker computes at a time', {
    min: 1,
    max: 1_000_000,
    whole: true,
    default: '2000',
  }),
  attempts,
  wait: toggle('stay until the run is over, show how far it is, and submit again if Redis loses it'),
  join: { type: 'string', description: 'wait, and write the whole output to this file', valueHint: 'FILE' },
  details: toggle('translate: write lines of JSON with source, confidence and warnings, as translate --json'),
  top: number('classify: keep the N likeliest classes', { min: 1, whole: true, default: '5' }),
  invert: toggle('classify: invert the images'),
  ...otherSearchArgs,
  raw: toggle('translate: take the likeliest translation as it is; classify: use pixels as stored'),
  model,
  backend,
  json,
  debug,
} as const;

/** Flags that only one of the tasks knows. */
const ONLY = {
  translate: [
    'beam',
    'length-penalty',
    'no-repeat',
    'max-length',
    'from',
    'to',
    'strict',
    'batch-size',
    'details',
    'format',
  ],
  classify: ['top', 'invert'],
} as const;

/** Flags that a run which exists may be submitted with again. */
const AGAIN = ['output', 'redis', 'attempts', 'wait', 'join', 'json', 'debug'];

/** `ringformer batch submit`: cuts a corpus into shards and queues them. */
export const submitCommand = defineCommand({
  meta: { name: 'batch submit', description: 'Cut corpora into shards and queue them for workers' },
  args: submitArgs,
  async run({ args: given, rawArgs, data }) {
    const scanned = scan(rawArgs, submitArgs);
    const task = given.task as 'translate' | 'classify';
    const others: readonly string[] = ONLY[task === 'translate' ? 'classify' : 'translate'];
    const foreign = scanned.flags.find(({ name }) => others.includes(name));
    if (foreign)
      throw new UsageError(`--${foreign.name} cannot be used with --task ${task}. See ringformer batch submit --help.`);
    if (given.output === undefined)
      throw new UsageError(
        'Give --output: a folder that all workers see, or s3://bucket/prefix. See ringformer batch submit --help.',
      );
    const settled = scanned.positionals.length === 0 && scanned.flags.find(({ name }) => !AGAIN.includes(name));
    if (settled)
      throw new UsageError(
        `--${settled.name} belongs to a new run, and without inputs submit continues one that exists. Leave it out, or give the inputs.`,
      );
    const { threads: _, brief: __, ...engine } = engineOf(given);
    const search = searchOf({ ...given, ...negativeFlags(rawArgs, submitArgs) });
    if (task === 'classify' && given.levels !== undefined && !/^\d+$/.test(given.levels))
      throw new UsageError(`--levels is '${given.levels}'; expected a whole number.`);
    const { submitRun } = await import('./submit.ts');
    return submitRun({
      io: data as Io,
      inputs: scanned.positionals,
      run: given.output,
      redis: given.redis,
      task:
        task === 'translate'
          ? { task, engine, search, batchSize: Number(given['batch-size']), details: given.details === true }
          : {
              task,
              engine,
              top: Number(given.top),
              levels: optionalNumber(given.levels),
              invert: given.invert === true,
              raw: given.raw === true,
            },
      isText: given.format === 'text',
      model: task === 'translate' ? modelFor(given) : given.model,
      shardLines: Number(given['shard-lines']),
      attempts: Number(given.attempts),
      wait: given.wait === true || given.join !== undefined,
      join: given.join,
      json: given.json === true,
    });
  },
});

const workArgs = {
  run,
  redis,
  shard: {
    type: 'string',
    description:
      'work without Redis on one part of N: I/N, from 0/N; auto/N takes I from JOB_COMPLETION_INDEX or SLURM_ARRAY_TASK_ID',
    valueHint: 'I/N',
  },
  parallel: number('shards computed at the same time, each with a model of its own', {
    min: 1,
    max: 256,
    whole: true,
    default: '1',
  }),
  threads,
  attempts: { ...attempts, description: 'with --shard: times a shard is tried before it counts as failed' },
  'lost-after': number('seconds after which the shard of a worker that died is given to another', {
    min: 0.5,
    max: 86_400,
    default: '30',
  }),
  'hang-after': number('seconds without progress after which a shard is tried again', {
    min: 1,
    max: 86_400,
    default: '600',
  }),
  'redis-wait': number('seconds to try to reach Redis at the start', { min: 0, max: 86_400, default: '60' }),
  model: { ...model, description: "where this machine has the run's model (default: where it was submitted)" },
  quiet: toggle('no message for each shard'),
  debug,
} as const;

/** `ringformer batch work`: computes shards until the run is over. */
export const workCommand = defineCommand({
  meta: { name: 'batch work', description: 'Compute shards of a run until it is over' },
  args: workArgs,
  async run({ args: given, rawArgs, data }) {
    const io = data as Io;
    const { flags } = scan(rawArgs, workArgs);
    const others = given.shard === undefined ? ['attempts'] : ['redis', 'lost-after', 'redis-wait'];
    const useless = flags.find(({ name }) => others.includes(name));
    if (useless)
      throw new UsageError(
        given.shard === undefined
          ? `--${useless.name} is for work with --shard; with Redis give it to ringformer batch submit.`
          : `--${useless.name} is for work with Redis, and --shard is without it. Leave one of them out.`,
      );
    const { sliceOf, workOn } = await import('./work.ts');
    return workOn({
      io,
      run: runOf(given.run, 'work'),
      redis: given.redis,
      slice: sliceOf(given.shard, io.env),
      parallel: Number(given.parallel),
      threads: optionalNumber(given.threads),
      attempts: Number(given.attempts),
      lostAfter: Number(given['lost-after']),
      hangAfter: Number(given['hang-after']),
      patience: Number(given['redis-wait']),
      model: given.model,
      quiet: given.quiet === true,
    });
  },
});

const statusArgs = {
  run,
  redis,
  wait: toggle('stay until the run is over'),
  json,
  debug,
} as const;

/** `ringformer batch status`: how far a run is. */
export const statusCommand = defineCommand({
  meta: { name: 'batch status', description: 'Show how far a run is, and which shards failed and why' },
  args: statusArgs,
  async run({ args: given, data }) {
    const { showStatus } = await import('./watch.ts');
    return showStatus({
      io: data as Io,
      run: runOf(given.run, 'status'),
      redis: given.redis,
      wait: given.wait === true,
      json: given.json === true,
    });
  },
});

const cancelArgs = {
  run,
  redis,
  now: toggle('drop the shards that are being computed, instead of finishing them'),
  json,
  debug,
} as const;

/** `ringformer batch cancel`: no more shards are started. */
export const cancelCommand = defineCommand({
  meta: { name: 'batch cancel', description: 'Stop a run; what is done stays, and submit continues it' },
  args: cancelArgs,
  async run({ args: given, data }) {
    const { cancelRun } = await import('./cancel.ts');
    return cancelRun({
      io: data as Io,
      run: runOf(given.run, 'cancel'),
      redis: given.redis,
      now: given.now === true,
      json: given.json === true,
    });
  },
});

const joinArgs = {
  run,
  output: { type: 'string', alias: 'o', description: 'write to this file, whole or not at all', valueHint: 'FILE' },
  each: toggle('a file for each input, with its name, in the folder --output'),
  debug,
} as const;

/** `ringformer batch join`: the output of all shards, in order. */
export const joinCommand = defineCommand({
  meta: { name: 'batch join', description: 'Put the output of a finished run together, in order' },
  args: joinArgs,
  async run({ args: given, data }) {
    const { joinRun } = await import('./join.ts');
    return joinRun({
      io: data as Io,
      run: runOf(given.run, 'join'),
      output: given.output,
      each: given.each === true,
    });
  },
});

function runOf(given: string | undefined, command: string): string {
  if (given) return given;
  throw new UsageError(`Give the run: its folder, or s3://bucket/prefix. See ringformer batch ${command} --help.`);
}
