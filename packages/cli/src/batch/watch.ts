import { setTimeout as pause } from 'node:timers/promises';
import { runStatus, type ShardQueue, type Status } from '@ringformer/batch';
import { type Io, write, writeJson } from '../io.ts';
import { createProgress, formatDuration } from '../logs/progress.ts';
import { openRun, type Run, withQueue } from './open-run.ts';

const LOOK_MS = 1000;
/** Looks at a run that Redis has lost, before it counts as lost: it may be about to be queued. */
const LOOKS_LOST = 5;

export type StatusRequest = {
  readonly io: Io;
  readonly run: string;
  readonly redis: string | undefined;
  readonly wait: boolean;
  readonly json: boolean;
};

/** `ringformer batch status`. Returns the exit code: 1 if shards failed, or if it waited and the run is not done. */
export async function showStatus(request: StatusRequest): Promise<number> {
  const { io, wait, json } = request;
  const run = await openRun(request.run);
  return withQueue(request, run.manifest, async (queue) => {
    if (wait) return exitCode(await watch({ io, ...run, queue, json }));
    const status = await runStatus(run.manifest, run.store, queue);
    await show(status, { io, json });
    return status.failed.length > 0 ? 1 : 0;
  });
}

export const exitCode = ({ state }: Status): number => (state === 'done' ? 0 : 1);

export type WatchRequest = Run & {
  readonly io: Io;
  readonly queue: ShardQueue | undefined;
  readonly json: boolean;
  /** Queues the run again if Redis has lost it; without it a lost run is over. */
  readonly again?: () => Promise<void>;
};

/** Shows how far a run is until it is over, then how it ended. */
export async function watch({ io, manifest, store, queue, json, again }: WatchRequest): Promise<Status> {
  let status = await runStatus(manifest, store, queue);
  const progress = createProgress({
    total: Math.max(1, status.lines.total),
    start: status.lines.done,
    stream: io.stderr,
  });
  let lost = 0;
  let said = 0;
  try {
    for (;;) {
      lost = status.state === 'lost' ? lost + 1 : 0;
      if (lost >= LOOKS_LOST && again) {
        progress.note('Redis has lost the run: it is queued again.');
        await again();
        lost = 0;
      }
      for (const { shard, place, error } of status.failed.slice(said))
        progress.note(`ringformer: shard ${shard} (${place}) failed: ${error}`);
      said = Math.max(said, status.failed.length);
      const open =
        status.state === 'running' || status.state === 'unknown' || (status.state === 'lost' && lost < LOOKS_LOST);
      if (!open) break;
      progress.update({ step: status.lines.done });
      const began = performance.now();
      status = await runStatus(manifest, store, queue);
      // Large runs take longer to look at: no more than a tenth of the time goes into that.
      await pause(Math.max(LOOK_MS, 9 * (performance.now() - began)), undefined, { signal: io.signal }).catch(() => {});
      io.signal.throwIfAborted();
    }
  } finally {
    progress.done();
  }
  await show(status, { io, json });
  return status;
}

async function show(status: Status, { io, json }: { readonly io: Io; readonly json: boolean }): Promise<void> {
  if (json) await writeJson(io.stdout, status);
  else await write(io.stdout, statusText(status));
}

/** Shards that are being computed, of which a status says more. */
const MOST_ACTIVE = 16;

const WORDS = {
  done: 'done',
  failed: 'over, but shards failed. ringformer batch submit tries them again',
  cancelled: 'cancelled. ringformer batch submit continues it',
  running: 'running',
  lost: 'not queued: Redis has lost it. ringformer batch submit queues it again',
  unknown: 'not done (give --redis to see whether it is queued)',
} as const;

const WAITING = 'queued, but no worker is there. Start some: ringformer batch work';

const workersText = (count: number | undefined) =>
  count === undefined ? '' : ` by ${count === 1 ? '1 worker' : `${count} workers`}`;

function statusText({ id, state, shards, lines, queue, active = [], failed, perSecond, eta }: Status): string {
  const share = lines.total === 0 ? 100 : Math.floor((100 * lines.done) / lines.total);
  const rate = perSecond !== undefined && state === 'running' ? `, ${perSecond.toFixed(1)} lines/s` : '';
  const left = eta === undefined ? '' : `, ETA ${formatDuration(eta)}`;
  return [
    `Run ${id}: ${state === 'running' && queue?.workers === 0 ? WAITING : WORDS[state]}`,
    `Lines:  ${lines.done} of ${lines.total}, ${share} %${rate}${left}`,
    `Shards: ${shards.done} of ${shards.total} done${queue ? `, ${queue.active} being computed${workersText(queue.workers)}, ${queue.waiting} waiting` : ''}, ${shards.failed} failed`,
    ...active
      .slice(0, MOST_ACTIVE)
      .map(({ shard, worker, lines }) => `  shard ${shard} on ${worker ?? '?'}: ${lines} lines`),
    ...failed.map(
      ({ shard, place, error, attempts }) =>
        `  shard ${shard} (${place}), tried ${attempts === 1 ? 'once' : `${attempts} times`}: ${error}`,
    ),
    ...(shards.failed > failed.length ? [`  and ${shards.failed - failed.length} more`] : []),
    '',
  ].join('\n');
}
