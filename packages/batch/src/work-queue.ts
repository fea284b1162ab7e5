import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { reasonOf } from '@ringformer/core/base';
import { type Job as QueuedJob, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { cancelled, doneShards, failedShards, recordFailure } from './ledger.ts';
import type { Manifest } from './manifest.ts';
import { isFinal, type Job, processShard } from './process-shard.ts';
import {
  type Counts,
  countJobs,
  failedJobs,
  openQueue,
  queueName,
  queueOptions,
  type ShardJob,
  type ShardQueue,
  shardOf,
} from './queue.ts';
import { isRefusal, refusal } from './redis.ts';
import type { Shard } from './shard.ts';
import type { Store } from './storage.ts';

/** What a worker reports while it works. */
export type WorkEvents = {
  onStart?(shard: Shard): void;
  onProgress?(shard: Shard, lines: number): void;
  /** 'there': another worker had done it. */
  onDone?(shard: Shard, how: 'done' | 'there', seconds: number): void;
  /** `last`: it will not be tried again. */
  onFailure?(shard: Shard, error: Error, last: boolean): void;
  /** The queue is empty, but this many shards are neither done nor failed: Redis has lost them. */
  onLost?(missing: number): void;
  /** Redis or the store refuses something, and the worker tries again: why. Said once until it changes. */
  onTrouble?(why: string): void;
};

export type WorkOptions = Job &
  WorkEvents & {
    /** Stops at once: shards that are being computed go back to the queue. */
    readonly signal?: AbortSignal;
  };

export type QueueWorkOptions = WorkOptions & {
  readonly redis: Redis;
  /** Seconds after which the shard of a worker that has died is given to another. Default 30. */
  readonly lostAfter?: number;
};

/** How a run ended, as far as a worker knows. */
export type Outcome = { readonly state: 'done' | 'failed' | 'cancelled'; readonly failed: number };

const LOOK_MS = 1000;
/** The store is asked less often than Redis. */
const LOOKS_AT_STORE = 3;
/** How long a worker that stops waits for Redis to take its shards back. */
const GIVE_BACK_MS = 3000;
/** How long Redis may take for an answer before the worker looks at the store without it. */
const ANSWER_MS = 5000;
/** How long a worker goes on when the store can't be read. */
const STORE_PATIENCE_MS = 60_000;

/**
 * Computes shards from the queue until the run is over.
 * @throws the signal's reason once it is aborted, after running shards have gone back to the queue
 */
export async function workQueue(given: QueueWorkOptions): Promise<Outcome> {
  const { manifest, store, pool, redis, lostAfter = 30, signal } = given;
  if (await cancelled(store)) return ended({ manifest, store });
  const options = { ...given, onTrouble: onChange(given.onTrouble) };
  const dropped = new AbortController(); // cancelled now, or over
  const stop = signal ? AbortSignal.any([signal, dropped.signal]) : dropped.signal;
  const lockDuration = Math.round(1000 * lostAfter);
  const worker = new Worker<ShardJob>(queueName(manifest), (job, token) => computeJob(options, job, token, stop), {
    ...queueOptions(redis),
    name: `${hostname()}:${process.pid}`,
    autorun: false,
    concurrency: pool.size,
    lockDuration,
    stalledInterval: Math.max(250, Math.round(lockDuration / 2)),
    maxStalledCount: Number.MAX_SAFE_INTEGER, // computeJob counts them
  });
  // The connection reports its own errors, and the events the jobs'.
  worker.on('error', (error) => {
    if (isRefusal(error)) options.onTrouble(refused(error));
  });
  const queue = openQueue(manifest, redis);
  const running = worker.run().catch(() => {});
  try {
    const outcome = await untilOver(options, queue, stop);
    if (outcome.state !== 'cancelled') dropped.abort(); // a shard that another worker has done in the meantime
    return outcome;
  } finally {
    const finishing = setInterval(() => void dropIfCancelledNow(store, dropped), LOOK_MS);
    void dropIfCancelledNow(store, dropped);
    // A cancelled run's shards may take long to finish; a server that is gone takes nothing back.
    await Promise.race([worker.close().then(() => running), late(signal), late(dropped.signal)]);
    clearInterval(finishing);
    await Promise.race([queue.close(), pause(GIVE_BACK_MS, undefined, { ref: false })]).catch(() => {});
  }
}

async function dropIfCancelledNow(store: Store, dropped: AbortController): Promise<void> {
  const how = await cancelled(store).catch(() => undefined);
  if (how?.now) dropped.abort(new Error('cancelled'));
}

async function computeJob(
  options: QueueWorkOptions,
  job: QueuedJob<ShardJob>,
  token: string | undefined,
  stop: AbortSignal,
): Promise<void> {
  const shard = shardOf(job, options.manifest);
  if (!shard) throw new UnrecoverableError('It is not of this run.');
  const attempts = Math.max(1, job.opts.attempts ?? 1);
  const started = performance.now();
  let told = started;
  options.onStart?.(shard);
  try {
    if (job.stalledCounter >= attempts)
      throw new UnrecoverableError(`${job.stalledCounter} workers died while they computed it.`);
    const how = await processShard(options, shard, {
      signal: stop,
      onProgress(lines) {
        options.onProgress?.(shard, lines);
        if (performance.now() - told < 2000) return;
        told = performance.now();
        job.updateProgress(lines).catch(() => {});
      },
    });
    options.onDone?.(shard, how, (performance.now() - started) / 1000);
  } catch (error) {
    // Also if the run was cancelled: it may have been submitted again already, and that keeps what is in the queue.
    if (stop.aborted) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const last = isFinal(error) || error instanceof UnrecoverableError || job.attemptsMade + 1 >= attempts;
    const failure = error instanceof Error ? error : new Error(String(error));
    options.onFailure?.(shard, failure, last);
    if (!last) throw failure;
    // If the store refuses the record too, the queue has it.
    await recordFailure(options.store, {
      shard: shard.shard,
      error: reasonOf(failure),
      attempts: job.attemptsMade + 1,
    }).catch((cause) => options.onTrouble?.(reasonOf(cause)));
    throw new UnrecoverableError(reasonOf(failure));
  }
}

type Run = { readonly manifest: Manifest; readonly store: Store };

async function untilOver(options: QueueWorkOptions, queue: ShardQueue, stop: AbortSignal): Promise<Outcome> {
  const { manifest, store, redis, onLost, onTrouble } = options;
  const stopped = rejection(stop);
  stopped.catch(() => {});
  const ask = asked(queue, redis, onTrouble);
  let seen = performance.now(); // the store
  for (let look = 0; ; look++) {
    const counts = await Promise.race([ask(), stopped]);
    const empty = counts !== undefined && counts.waiting + counts.active === 0;
    if (counts === undefined || empty || look % LOOKS_AT_STORE === 0) {
      try {
        if (await cancelled(store)) return await ended({ manifest, store });
        if (!counts || (empty && look % LOOKS_AT_STORE === 0)) {
          const { missing, failed } = await leftOf({ manifest, store }, counts && queue);
          if (missing === 0 && (failed === 0 || counts))
            return await finish(queue, store, failed, counts !== undefined);
          if (counts) onLost?.(missing);
        }
        seen = performance.now();
      } catch (error) {
        if (stop.aborted || performance.now() - seen > STORE_PATIENCE_MS) throw error;
        onTrouble?.(`${reasonOf(error)} Trying again.`);
      }
    }
    await Promise.race([pause(LOOK_MS, undefined, { ref: false }), stopped]);
  }
}

async function finish(queue: ShardQueue, store: Store, failed: number, reachable: boolean): Promise<Outcome> {
  if (failed > 0) return { state: 'failed', failed };
  if (reachable) await queue.obliterate({ force: true }).catch(() => {}); // another worker may do the same
  await store.tidy();
  return { state: 'done', failed: 0 };
}

/** Of a cancelled run. */
const ended = async (run: Run): Promise<Outcome> => ({ state: 'cancelled', failed: (await leftOf(run)).failed });

/** Asks for the number of jobs; undefined while Redis doesn't answer. */
function asked(queue: ShardQueue, redis: Redis, onTrouble: WorkEvents['onTrouble']): () => Promise<Counts | undefined> {
  let asking: Promise<Counts | undefined> | undefined;
  const ask = () =>
    countJobs(queue)
      .catch((error: Error) => onTrouble?.(refused(error)))
      .then((counts) => counts ?? undefined)
      .finally(() => {
        asking = undefined;
      });
  return async () => {
    asking ??= ask();
    const waited = new AbortController();
    const late = pause(redis.status === 'ready' ? ANSWER_MS : LOOK_MS, undefined, {
      signal: waited.signal,
      ref: false,
    }).catch(() => undefined);
    return Promise.race([asking, late]).finally(() => waited.abort());
  };
}

const refused = (error: Error) => `${reasonOf(isRefusal(error) ? refusal(error) : error)} Trying again.`;

function onChange(tell: WorkEvents['onTrouble']): (why: string) => void {
  let told: string | undefined;
  return (why) => {
    if (why !== told) tell?.(why);
    told = why;
  };
}

/** Resolves a while after the signal is aborted. */
function late(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const begin = () => void setTimeout(resolve, GIVE_BACK_MS).unref();
    if (signal?.aborted) begin();
    else signal?.addEventListener('abort', begin, { once: true });
  });
}

/** Shards that failed, and those that are neither done nor failed. With a queue also those of which only that knows that they failed. */
export async function leftOf(
  { manifest, store }: Run,
  queue?: ShardQueue,
): Promise<{ readonly missing: number; readonly failed: number }> {
  const done = await doneShards(store);
  const failed = new Set(await failedShards(store, done));
  if (queue && done.size + failed.size < manifest.shards.length)
    for (const { shard } of await failedJobs(queue, manifest)) if (!done.has(shard)) failed.add(shard);
  return { missing: manifest.shards.length - done.size - failed.size, failed: failed.size };
}

/** Rejects once the signal is aborted: while Redis is away, its client waits without end. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
