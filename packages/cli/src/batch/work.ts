import { availableParallelism } from 'node:os';
import { leftOf, type Outcome, placeOf, startPool, type WorkEvents, workQueue, workSlice } from '@ringformer/batch';
import { reasonOf } from '@ringformer/core/base';
import { UsageError } from '../errors.ts';
import { type Io, write } from '../io.ts';
import { formatDuration } from '../logs/progress.ts';
import { openRun, type Run, redisUrl, withRedis } from './open-run.ts';
import { type Task, type ThreadData, taskHere } from './task.ts';

/** Built beside this file's own bundle: see tsup.config.ts. */
const THREAD = new URL('./batch-thread.js', import.meta.url);

const MOST_PARTS = 1_000_000;

/** One worker's part of a run. */
export type Slice = { readonly index: number; readonly count: number };

export type WorkRequest = {
  readonly io: Io;
  readonly run: string;
  readonly redis: string | undefined;
  /** Without it shards come from Redis. */
  readonly slice: Slice | undefined;
  readonly parallel: number;
  readonly threads: number | undefined;
  readonly attempts: number;
  readonly lostAfter: number;
  readonly hangAfter: number;
  readonly patience: number;
  readonly model: string | undefined;
  readonly quiet: boolean;
};

/** Computes shards until the run, or this worker's part of it, is over. Returns the exit code: 1 if shards failed. */
export async function workOn(request: WorkRequest): Promise<number> {
  const { io, slice, parallel, attempts, lostAfter, hangAfter } = request;
  if (!slice && redisUrl(request) === undefined)
    throw new UsageError('Give --redis, or --shard I/N to work without it. See ringformer batch work --help.');
  const run = await openRun(request.run);
  const { missing, failed } = await leftOf(run);
  if (missing + failed === 0) {
    await write(io.stderr, 'All shards are done.\n');
    return 0;
  }
  const task = await taskHere(run.manifest.task as Task, request.model);
  const events = eventsOf(request, run);
  const work = async (start: (pool: Awaited<ReturnType<typeof startPool>>) => Promise<Outcome>) => {
    const data: ThreadData = { task, threads: threadsOf(request) };
    const pool = await startPool(THREAD, data, parallel, { silence: hangAfter, signal: io.signal });
    try {
      return await start(pool);
    } finally {
      await pool.end();
    }
  };
  const outcome = slice
    ? await work((pool) => workSlice({ ...run, ...events, ...slice, pool, attempts, signal: io.signal }))
    : await withRedis(request, (redis) =>
        work((pool) =>
          workQueue({
            ...run,
            ...events,
            pool,
            redis: redis as NonNullable<typeof redis>,
            lostAfter,
            signal: io.signal,
          }),
        ),
      );
  await write(io.stderr, `${outcomeText(outcome, slice !== undefined)}\n`);
  return outcome.state === 'done' ? 0 : 1;
}

function outcomeText({ state, failed }: Outcome, slice: boolean): string {
  if (state === 'cancelled') return 'The run was cancelled. ringformer batch submit continues it.';
  if (state === 'done') return slice ? 'All shards of this part are done.' : 'All shards are done.';
  return `${failed} ${failed === 1 ? 'shard' : 'shards'} failed: see ringformer batch status. ringformer batch submit tries them again.`;
}

/** Threads of the engine: several models at the same time share the cores. */
function threadsOf({ threads, parallel }: WorkRequest): number | 'auto' {
  if (threads !== undefined) return threads;
  return parallel === 1 ? 'auto' : Math.min(8, Math.max(1, Math.floor(availableParallelism() / parallel)));
}

/** What there is to say about shards, on stderr. */
function eventsOf({ io, quiet }: WorkRequest, { manifest }: Run): WorkEvents {
  const say = (text: string) => void write(io.stderr, `${text}\n`).catch(() => {});
  let saidLost = -1;
  return {
    onDone(shard, how, seconds) {
      if (quiet) return;
      const took = seconds < 10 ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
      say(`shard ${shard.shard} (${placeOf(manifest, shard)}): ${how === 'done' ? took : 'done by another worker'}`);
    },
    onFailure(shard, error, last) {
      const next = last ? 'It has failed.' : 'It will be tried again.';
      say(`ringformer: shard ${shard.shard} (${placeOf(manifest, shard)}): ${reasonOf(error)} ${next}`);
    },
    onTrouble: (why) => say(`ringformer: ${why}`),
    onLost(missing) {
      if (missing !== saidLost)
        say(
          `ringformer: ${missing === 1 ? '1 shard is' : `${missing} shards are`} neither done nor queued. If Redis has lost ${missing === 1 ? 'it' : 'them'}, submit the run again. This worker waits.`,
        );
      saidLost = missing;
    },
  };
}

/** Which part `--shard` means. @throws UsageError */
export function sliceOf(given: string | undefined, env: Io['env']): Slice | undefined {
  if (given === undefined) return undefined;
  const [, part, total] = /^(\d+|auto)\/(\d+)$/.exec(given) ?? [];
  if (part === undefined || total === undefined)
    throw new UsageError(`--shard is '${given}'; expected I/N such as 0/8, or auto/8.`);
  const index = part === 'auto' ? indexFrom(env) : Number(part);
  const count = Number(total);
  if (count < 1 || count > MOST_PARTS)
    throw new UsageError(`--shard is '${given}'; expected at least one part and at most ${MOST_PARTS}, such as 0/8.`);
  if (index >= count)
    throw new UsageError(
      `--shard is '${given}'${part === 'auto' ? ` and the index is ${index}` : ''}; expected at most ${count - 1}/${count}: parts are counted from 0.`,
    );
  return { index, count };
}

function indexFrom(env: Io['env']): number {
  const names = ['JOB_COMPLETION_INDEX', 'SLURM_ARRAY_TASK_ID'];
  const index = names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  if (index !== undefined && /^\d+$/.test(index)) return Number(index);
  throw new UsageError(`--shard auto/N needs ${names.join(' or ')} to be set to a whole number. Or give --shard I/N.`);
}
