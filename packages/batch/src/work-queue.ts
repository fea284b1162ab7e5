import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { reasonOf } from '@ringformer/core/base';
import { type Job as QueuedJob, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { cancelled, doneShards, failures, recordFailure } from './ledger.ts';
import type { Manifest } from './manifest.ts';
import { isFinal, type Job, processShard } from './process-shard.ts';
import { countJobs, openQueue, queueName, queueOptions, type ShardJob } from './queue.ts';
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

/**
 * Computes shards from the queue until the run is over.
 * @throws the signal's reason once it is aborted, after running shards have gone back to the queue
 */
export async function workQueue(options: QueueWorkOptions): Promise<Outcome> {
  const { manifest, pool, redis, lostAfter = 30, signal } = options;
  const dropped = new AbortController(); // cancelled now
  const stop = signal ? AbortSignal.any([signal, dropped.signal]) : dropped.signal;
  const lockDuration = Math.round(1000 * lostAfter);
  const worker = new Worker<ShardJob>(
    queueName(manifest),
    (job, token) => computeJob(options, job, token, stop, dropped.signal),
    {
      ...queueOptions(redis),
      name: `${hostname()}:${process.pid}`,
      autorun: false,
      concurrency: pool.size,
      lockDuration,
      stalledInterval: Math.max(250, Math.round(lockDuration / 2)),
      maxStalledCount: Number.MAX_SAFE_INTEGER, // computeJob counts them
    },
  );
  worker.on('error', () => {}); // the connection reports its errors, and the events the jobs'
  const queue = openQueue(manifest, redis);
  const running = worker.run().catch(() => {});
  try {
    const outcome = await untilOver(options, queue, dropped, stop);
    if (outcome.state !== 'cancelled') dropped.abort(); // a shard that another worker has done in the meantime
    return outcome;
  } finally {
    // A cancelled run's shards may take long to finish; a server that is gone takes nothing back.
    await Promise.race([worker.close().then(() => running), late(signal)]);
    await Promise.race([queue.close(), pause(GIVE_BACK_MS, undefined, { ref: false })]).catch(() => {});
  }
}

async function computeJob(
  options: QueueWorkOptions,
  job: QueuedJob<ShardJob>,
  token: string | undefined,
  stop: AbortSignal,
  dropped: AbortSignal,
): Promise<void> {
  const { uri: _, ...shard } = job.data;
  const attempts = job.opts.attempts ?? 1;
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
    if (dropped.aborted) throw new UnrecoverableError('cancelled');
    if (stop.aborted) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const last = isFinal(error) || error instanceof UnrecoverableError || job.attemptsMade + 1 >= attempts;
    const failure = error instanceof Error ? error : new Error(String(error));
    options.onFailure?.(shard, failure, last);
    if (!last) throw failure;
    await recordFailure(options.store, {
      shard: shard.shard,
      error: reasonOf(failure),
      attempts: job.attemptsMade + 1,
    });
    throw new UnrecoverableError(reasonOf(failure));
  }
}

type Run = { readonly manifest: Manifest; readonly store: Store };

async function untilOver(
  { manifest, store, onLost }: QueueWorkOptions,
  queue: ReturnType<typeof openQueue>,
  dropped: AbortController,
  stop: AbortSignal,
): Promise<Outcome> {
  const stopped = rejection(stop);
  stopped.catch(() => {});
  for (let look = 0; ; look++) {
    const counts = await Promise.race([countJobs(queue), stopped]);
    const empty = counts.waiting + counts.active === 0;
    if (empty || look % LOOKS_AT_STORE === 0) {
      const how = await cancelled(store);
      if (how?.now) dropped.abort(new Error('cancelled'));
      if (how) return { state: 'cancelled', failed: (await failures(store)).length };
    }
    if (empty && look % LOOKS_AT_STORE === 0) {
      const { missing, failed } = await leftOf({ manifest, store });
      if (missing === 0 && failed > 0) return { state: 'failed', failed };
      if (missing === 0) {
        await queue.obliterate({ force: true }).catch(() => {}); // another worker may do the same
        await store.tidy();
        return { state: 'done', failed: 0 };
      }
      onLost?.(missing);
    }
    await Promise.race([pause(LOOK_MS, undefined, { ref: false }), stopped]);
  }
}

/** Resolves a while after the signal is aborted. */
function late(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const begin = () => void setTimeout(resolve, GIVE_BACK_MS).unref();
    if (signal?.aborted) begin();
    else signal?.addEventListener('abort', begin, { once: true });
  });
}

/** Shards that failed, and those that are neither done nor failed. */
export async function leftOf({ manifest, store }: Run): Promise<{ readonly missing: number; readonly failed: number }> {
  const done = await doneShards(store);
  const failed = (await failures(store)).filter(({ shard }) => !done.has(shard)).length;
  return { missing: manifest.shards.length - done.size - failed, failed };
}

/** Rejects once the signal is aborted: while Redis is away, its client waits without end. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
