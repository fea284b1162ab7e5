// What runs in the threads that compute: `@ringformer/batch/thread`.
import { parentPort } from 'node:worker_threads';
import { type Ask, type Compute, plainError, type Tell } from './compute.ts';

export type { Compute, Computed, Piece } from './compute.ts';

/**
 * Computes pieces for `startPool`: call it in the script of the thread, with the promise of what computes. Whatever keeps
 * that from loading is thrown by `startPool`.
 */
export async function answerPieces(loading: Promise<Compute>): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('[ringformer/batch] answerPieces: expected to run in a worker thread.');
  const tell = (message: Tell) => port.postMessage(message);
  let compute: Compute;
  try {
    compute = await loading;
  } catch (error) {
    return tell({ unable: plainError(error) });
  }
  port.on('message', ({ id, piece }: Ask) => {
    compute(piece, (progress) => tell({ id, progress })).then(
      (value) => tell({ id, value }),
      (error: unknown) => tell({ id, failure: plainError(error) }),
    );
  });
  tell({ ready: true });
}
