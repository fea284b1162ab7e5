import { cancel, emptyQueue, runStatus } from '@ringformer/batch';
import { FailedError } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { openRun, withQueue } from './open-run.ts';

export type CancelRequest = {
  readonly io: Io;
  readonly run: string;
  readonly redis: string | undefined;
  /** Shards that are being computed are dropped. */
  readonly now: boolean;
  readonly json: boolean;
};

/** Takes what waits out of the queue, and tells workers to stop, by a file in the store that those without Redis see too. */
export async function cancelRun(request: CancelRequest): Promise<number> {
  const { io, now, json } = request;
  const { manifest, store } = await openRun(request.run);
  return withQueue(request, manifest, async (queue) => {
    const before = await runStatus(manifest, store, queue);
    if (before.state === 'done') throw new FailedError(`Run ${manifest.id} is done: there is nothing to cancel.`);
    await cancel(store, { now });
    if (queue) await emptyQueue(queue);
    const { shards, queue: counts } = await runStatus(manifest, store, queue);
    if (json) await writeJson(io.stdout, { id: manifest.id, cancelled: true, shards, active: counts?.active });
    else {
      const active = counts?.active ? `, ${counts.active} being ${now ? 'dropped' : 'finished'}` : '';
      await write(io.stdout, `Cancelled: ${shards.done} of ${shards.total} shards are done${active}.\n`);
    }
    return 0;
  });
}
