import { cancelled, doneShards, type Failed, failedShards, readFailures } from './ledger.ts';
import { linesOf, type Manifest, placeOf } from './manifest.ts';
import { countJobs, failedJobs, type ShardQueue, shardOf } from './queue.ts';
import type { Store } from './storage.ts';

/**
 * 'done'; 'failed': all that is left has failed; 'cancelled'; 'running': shards are queued or being computed; 'lost': some are
 * neither done nor failed nor queued; 'unknown': without Redis, whether somebody computes them.
 */
export type RunState = 'done' | 'failed' | 'cancelled' | 'running' | 'lost' | 'unknown';

export type FailedShard = Failed & { /** 'corpus.txt, lines 1 to 2000' */ readonly place: string };

export type Status = {
  readonly id: string;
  readonly state: RunState;
  readonly shards: { readonly total: number; readonly done: number; readonly failed: number };
  /** Of the shards that are done, and as far as it is known of those that are being computed. */
  readonly lines: { readonly total: number; readonly done: number };
  /** `workers`: how many are there, if the server says. */
  readonly queue?: { readonly waiting: number; readonly active: number; readonly workers?: number };
  /** What is being computed: `worker` is a host and a process, `lines` are ready. */
  readonly active?: readonly ActiveShard[];
  /** The first hundred. */
  readonly failed: readonly FailedShard[];
  /** Lines per second, of the last shards that were done. */
  readonly perSecond?: number;
  /** Seconds until the run is done. */
  readonly eta?: number;
};

export type ActiveShard = { readonly shard: number; readonly lines: number; readonly worker?: string };

const MOST_FAILED = 100;

/** How a run is doing: as its store says, and with a queue also how fast. */
export async function runStatus(manifest: Manifest, store: Store, queue?: ShardQueue): Promise<Status> {
  // First the queue: a job leaves it only after its shard is done.
  const counts = queue && (await countJobs(queue));
  const [active, perSecond, workers] = queue
    ? await Promise.all([
        activeShards(queue, manifest),
        rateOf(queue, manifest),
        queue.getWorkersCount().catch(() => undefined),
      ])
    : [];
  const done = await doneShards(store);
  const recorded = await failedShards(store, done);
  const known = new Set(recorded);
  // The store may be what refuses: then only the queue knows.
  const others = queue
    ? (await failedJobs(queue, manifest)).filter(({ shard }) => !done.has(shard) && !known.has(shard))
    : [];
  others.sort((a, b) => a.shard - b.shard);
  const count = recorded.length + others.length;
  const total = linesOf(manifest);
  const doneLines = manifest.shards.reduce((sum, { shard, lines }) => sum + (done.has(shard) ? lines : 0), 0);
  const lines = { total, done: Math.min(total, doneLines + (active ?? []).reduce((sum, { lines }) => sum + lines, 0)) };
  const missing = manifest.shards.length - done.size - count;
  const working = (counts?.waiting ?? 0) + (counts?.active ?? 0) > 0;
  const state = stateOf({ missing, failed: count, working, known: queue !== undefined });
  const eta = perSecond && perSecond > 0 && state === 'running' ? (total - lines.done) / perSecond : undefined;
  return {
    id: manifest.id,
    state: state !== 'done' && !counts?.active && (await cancelled(store)) ? 'cancelled' : state,
    shards: { total: manifest.shards.length, done: done.size, failed: count },
    lines,
    ...(counts && { queue: { ...counts, ...(workers !== undefined && { workers }) } }),
    ...(active && { active }),
    failed: [...(await readFailures(store, recorded.slice(0, MOST_FAILED))), ...others]
      .slice(0, MOST_FAILED)
      .map((each) => {
        const shard = manifest.shards[each.shard];
        return { ...each, place: shard ? placeOf(manifest, shard) : '?' };
      }),
    ...(perSecond !== undefined && { perSecond }),
    ...(eta !== undefined && { eta }),
  };
}

type Found = {
  readonly missing: number;
  readonly failed: number;
  readonly working: boolean;
  /** Whether the queue was asked. */
  readonly known: boolean;
};

function stateOf({ missing, failed, working, known }: Found): RunState {
  if (missing === 0 && failed === 0) return 'done';
  if (working) return 'running';
  if (missing === 0) return 'failed';
  return known ? 'lost' : 'unknown';
}

async function activeShards(queue: ShardQueue, manifest: Manifest): Promise<ActiveShard[]> {
  return (await queue.getActive()).flatMap((job) => {
    const shard = job && shardOf(job, manifest)?.shard;
    if (shard === undefined) return [];
    const { progress, processedBy } = job;
    const lines = typeof progress === 'number' ? progress : 0;
    return [{ shard, lines, ...(processedBy && { worker: processedBy }) }];
  });
}

async function rateOf(queue: ShardQueue, manifest: Manifest): Promise<number | undefined> {
  const ended = (await queue.getCompleted()).filter((job) => job?.processedOn && job.finishedOn);
  if (ended.length === 0) return undefined;
  const from = Math.min(...ended.map((job) => job.processedOn as number));
  const to = Math.max(...ended.map((job) => job.finishedOn as number));
  return (1000 * ended.reduce((sum, job) => sum + (shardOf(job, manifest)?.lines ?? 0), 0)) / Math.max(1, to - from);
}
