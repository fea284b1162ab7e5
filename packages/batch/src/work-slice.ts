import { setTimeout as pause } from 'node:timers/promises';
import { reasonOf } from '@ringformer/core/base';
import { cancelled, doneShards, recordFailure } from './ledger.ts';
import { isFinal, processShard } from './process-shard.ts';
import type { Shard } from './shard.ts';
import type { Outcome, WorkOptions } from './work-queue.ts';

export type SliceOptions = WorkOptions & {
  /** This worker has the shards whose number leaves `index` when divided by `count`. */
  readonly index: number;
  readonly count: number;
  /** How often a shard is tried. */
  readonly attempts: number;
};

const PAUSE_MS = 1000;
/** Between two looks at whether the run was cancelled. */
const LOOK_MS = 3000;

/**
 * Computes one worker's shards without a queue: those that are not done. A shard that fails is recorded, and the others are
 * computed.
 * @throws the signal's reason once it is aborted
 */
export async function workSlice(options: SliceOptions): Promise<Outcome> {
  const { manifest, store, pool, index, count } = options;
  const done = await doneShards(store);
  const left = manifest.shards.filter(({ shard }) => shard % count === index && !done.has(shard)).values();
  let failed = 0;
  let over = false;
  const dropped = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, dropped.signal]) : dropped.signal;
  const look = async () => {
    const how = await cancelled(store);
    over ||= how !== undefined;
    if (how?.now) dropped.abort(new Error('cancelled'));
  };
  const each = async () => {
    for (const shard of left) {
      await look();
      if (over) return;
      if (!(await computeShard({ ...options, signal }, shard))) failed++;
    }
  };
  const looking = setInterval(() => void look().catch(() => {}), LOOK_MS).unref();
  try {
    await Promise.all(Array.from({ length: pool.size }, each));
    if ((await doneShards(store)).size === manifest.shards.length) await store.tidy();
  } catch (error) {
    if (!dropped.signal.aborted || options.signal?.aborted) throw error;
  } finally {
    clearInterval(looking);
  }
  return { state: over ? 'cancelled' : failed > 0 ? 'failed' : 'done', failed };
}

/** False if it failed as often as it may. */
async function computeShard(options: SliceOptions, shard: Shard): Promise<boolean> {
  const { store, attempts, signal, onStart, onProgress, onDone, onFailure, onTrouble } = options;
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    onStart?.(shard);
    try {
      const how = await processShard(options, shard, { signal, onProgress: (lines) => onProgress?.(shard, lines) });
      onDone?.(shard, how, (performance.now() - started) / 1000);
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      const last = isFinal(error) || attempt >= attempts;
      const failure = error instanceof Error ? error : new Error(String(error));
      onFailure?.(shard, failure, last);
      if (last) {
        await recordFailure(store, { shard: shard.shard, error: reasonOf(failure), attempts: attempt }).catch((cause) =>
          onTrouble?.(reasonOf(cause)),
        );
        return false;
      }
      await pause(PAUSE_MS * 2 ** (attempt - 1), undefined, { signal });
    }
  }
}
