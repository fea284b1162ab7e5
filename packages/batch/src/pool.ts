import { Worker } from 'node:worker_threads';
import { RingformerError, threadArgs } from '@ringformer/core/base';
import { type Computed, errorOf, type Piece, type Tell } from './compute.ts';

/** Threads that compute, so that whoever waits for them stays awake: locks are renewed and signals are heard. */
export type Pool = {
  /** How many pieces are computed at the same time; more wait. */
  readonly size: number;
  /** @throws what the computation throws; 'lost' if its thread ends; the signal's reason, and then its thread is ended */
  run(piece: Piece, options?: RunOptions): Promise<Computed>;
  end(): Promise<void>;
};

export type RunOptions = { readonly signal?: AbortSignal; onProgress?(lines: number): void };

/**
 * Starts `size` threads. Their script calls `answerPieces` of @ringformer/batch/thread; `data` is its `workerData`. A thread
 * that ends is replaced when it is needed next, and one from which nothing is heard for `silence` seconds while it computes is
 * ended. Default 600.
 * @throws what keeps them from computing; the signal's reason if it is aborted before they can
 */
export async function startPool(
  script: URL,
  data: unknown,
  size: number,
  { silence = 600, signal }: { readonly silence?: number; readonly signal?: AbortSignal } = {},
): Promise<Pool> {
  const seats: Seat[] = Array.from({ length: size }, () => ({ busy: false }));
  const waiting: (() => void)[] = [];
  async function take(): Promise<Seat> {
    for (;;) {
      const free = seats.find(({ busy }) => !busy);
      if (free) {
        free.busy = true;
        return free;
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
  const pool: Pool = {
    size,
    async run(piece, { signal, onProgress } = {}) {
      const seat = await take();
      try {
        signal?.throwIfAborted();
        seat.thread ??= await startThread(script, data, silence, signal);
        return await seat.thread.run(piece, { signal, onProgress });
      } finally {
        if (seat.thread?.ended()) seat.thread = undefined;
        seat.busy = false;
        waiting.shift()?.();
      }
    },
    async end() {
      await Promise.all(seats.map(({ thread }) => thread?.end()));
    },
  };
  const started = await Promise.allSettled(
    seats.map(async (seat) => (seat.thread = await startThread(script, data, silence, signal))),
  );
  const failed = started.find((result) => result.status === 'rejected');
  if (!failed) return pool;
  await pool.end();
  throw failed.reason;
}

type Seat = { busy: boolean; thread?: Thread };
type Thread = { run: Pool['run']; ended(): boolean; end(): Promise<void> };

async function startThread(script: URL, data: unknown, silence: number, signal?: AbortSignal): Promise<Thread> {
  signal?.throwIfAborted();
  const worker = new Worker(script, { workerData: data, execArgv: threadArgs() });
  let gone: Error | undefined;
  let failure: unknown;
  let told: (message: Tell) => void = () => {};
  let lost: (error: Error) => void = () => {};
  worker.on('message', (message: Tell) => told(message));
  worker.on('error', (error) => {
    failure = error;
  });
  worker.on('exit', (code) => {
    const why = failure instanceof Error ? failure.message : `it ended with code ${code}`;
    gone ??= new RingformerError('lost', `[ringformer/batch] A thread that computes is gone: ${why}.`, {
      cause: failure,
    });
    lost(gone);
  });
  const end = async () => {
    gone ??= new RingformerError('lost', '[ringformer/batch] The thread that computes was ended.');
    await worker.terminate();
  };
  let leave = () => {};
  await new Promise<void>((resolve, reject) => {
    lost = reject;
    leave = () => {
      reject(signal?.reason);
      end();
    };
    signal?.addEventListener('abort', leave, { once: true });
    told = (message) => {
      if ('ready' in message) resolve();
      if (!('unable' in message)) return;
      reject(errorOf(message.unable));
      end();
    };
  }).finally(() => signal?.removeEventListener('abort', leave));
  let count = 0;
  return {
    end,
    ended: () => gone !== undefined,
    run(piece, { signal, onProgress } = {}) {
      if (gone) return Promise.reject(gone);
      const id = ++count;
      let stop = () => {};
      const hang = setTimeout(() => {
        gone = new RingformerError(
          'lost',
          `[ringformer/batch] Nothing was heard for ${silence} s from the thread that computes.`,
        );
        lost(gone);
        end();
      }, 1000 * silence);
      const answer = new Promise<Computed>((resolve, reject) => {
        lost = reject;
        stop = () => {
          reject(signal?.reason);
          end();
        };
        told = (message) => {
          if (!('id' in message) || message.id !== id) return;
          hang.refresh();
          if ('progress' in message) onProgress?.(message.progress);
          else if ('value' in message) resolve(message.value);
          else reject(errorOf(message.failure));
        };
        worker.postMessage({ id, piece });
      });
      signal?.addEventListener('abort', stop, { once: true });
      return answer.finally(() => {
        clearTimeout(hang);
        signal?.removeEventListener('abort', stop);
      });
    },
  };
}
