import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { doneShards, type Failed, startAgain } from './ledger.ts';
import type { Manifest } from './manifest.ts';
import type { Shard } from './shard.ts';
import type { Store } from './storage.ts';

/** What a job says: where its lines are, never the lines. */
export type ShardJob = Shard & { readonly uri: string };
export type ShardQueue = Queue<ShardJob>;

const PREFIX = 'ringformer';
/** Jobs that are added in one step. */
const BULK = 1000;
/** Finished jobs that are kept, for the rate of the run. */
const KEPT = 100;
/** Between two attempts at a shard that failed; each pause is twice the one before. */
const PAUSE_MS = 1000;

export const queueName = ({ id }: Pick<Manifest, 'id'>): string => `batch-${id}`;
export const queueOptions = (connection: Redis) => ({ connection, prefix: PREFIX });

export function openQueue(manifest: Pick<Manifest, 'id'>, connection: Redis): ShardQueue {
  const queue: ShardQueue = new Queue(queueName(manifest), { ...queueOptions(connection), skipMetasUpdate: true });
  queue.on('error', () => {}); // the connection reports it
  return queue;
}

const jobId = ({ id }: Pick<Manifest, 'id'>, { shard, sha256 }: Shard): string =>
  `${id}-${shard}-${sha256.slice(0, 8)}`;

type Listed = Pick<Manifest, 'id' | 'shards'>;

/**
 * The shard of a job, which its id names: a server that throws keys away may have lost what else it held. Undefined if the
 * job is not of this run.
 */
export function shardOf(job: Pick<Job, 'id'>, { id, shards }: Listed): Shard | undefined {
  const shard = shards[Number(job.id?.split('-')[1] ?? Number.NaN)];
  return shard && job.id === jobId({ id }, shard) ? shard : undefined;
}

/**
 * Queues what is not done: what is queued already, or being computed, stays as it is, so that any number of processes may do
 * this at the same time, at any time. What failed or was cancelled is tried again. Returns how many shards are not done.
 */
export async function queueShards(
  queue: ShardQueue,
  { manifest, store }: { readonly manifest: Manifest; readonly store: Store },
  { attempts }: { readonly attempts: number },
): Promise<number> {
  await startAgain(store);
  const done = await doneShards(store);
  const missing = manifest.shards.filter(({ shard }) => !done.has(shard));
  // A job that has ended would keep its successor out.
  for (const ended of await queue.getJobs(['failed', 'completed'])) {
    const shard = ended && shardOf(ended, manifest);
    if (shard && !done.has(shard.shard)) await ended.remove().catch(() => {});
  }
  for (let at = 0; at < missing.length; at += BULK) {
    await queue.addBulk(
      missing.slice(at, at + BULK).map((shard) => ({
        name: 'shard',
        data: { ...shard, uri: manifest.inputs[shard.input]?.uri ?? '' },
        opts: {
          jobId: jobId(manifest, shard),
          attempts,
          backoff: { type: 'exponential', delay: PAUSE_MS },
          removeOnComplete: { count: KEPT },
          stackTraceLimit: 1,
        },
      })),
    );
  }
  return missing.length;
}

export type Counts = { readonly waiting: number; readonly active: number };

/** Jobs that are yet to end. */
export async function countJobs(queue: ShardQueue): Promise<Counts> {
  const { active = 0, ...others } = await queue.getJobCounts('wait', 'delayed', 'prioritized', 'active');
  return { active, waiting: Object.values(others).reduce((sum, count) => sum + count, 0) };
}

/** What has failed, as the queue knows. */
export async function failedJobs(queue: ShardQueue, manifest: Listed): Promise<Failed[]> {
  return (await queue.getFailed()).flatMap((job) => {
    const shard = job && shardOf(job, manifest)?.shard;
    return shard === undefined ? [] : [{ shard, error: job.failedReason, attempts: job.attemptsMade }];
  });
}

/** Takes everything that waits out of the queue. */
export async function emptyQueue(queue: ShardQueue): Promise<void> {
  await queue.drain(true);
}
