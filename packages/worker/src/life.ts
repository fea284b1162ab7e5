import { type ErrorCode, RingformerError } from '@ringformer/core/base';

/** The methods used of a `Worker`. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'addEventListener' | 'removeEventListener' | 'terminate'>;

/** Whether a worker is alive. Promises awaited through `orEnd` are rejected when it ends. */
export type Life = {
  readonly ended: Promise<RingformerError>;
  orEnd<T>(work: Promise<T>): Promise<T>;
  /** `code` is 'lost' unless the worker never started. */
  end(why: string, cause?: unknown, code?: ErrorCode): void;
  /** From now on, errors in the worker no longer end it; it counts as gone when its lock becomes free. */
  watch(lock: string | undefined): void;
};

/**
 * Browsers do not report when a worker runs out of memory or closes itself, but its locks (Web Locks API) become free.
 * Plain http has no locks; there, only `terminate` and a worker that does not start are noticed.
 */
export function lifeOf(worker: WorkerLike): Life {
  const stop = new AbortController();
  let failure: RingformerError | undefined;
  let tell: (error: RingformerError) => void = () => {};
  const ended = new Promise<RingformerError>((resolve) => {
    tell = resolve;
  });
  const waiting = new Set<(error: RingformerError) => void>();

  const end = (why: string, cause?: unknown, code: ErrorCode = 'lost') => {
    if (failure) return;
    failure = new RingformerError(code, `[ringformer/worker] The worker is gone: ${why}. Start a new one.`, { cause });
    stop.abort();
    worker.removeEventListener('error', failed);
    worker.removeEventListener('messageerror', unreadable);
    worker.terminate();
    for (const reject of waiting) reject(failure);
    waiting.clear();
    tell(failure);
  };
  const failed = (event: Event) => {
    const { message } = event as ErrorEvent;
    end(`it did not start (${message || 'its script could not be loaded'})`, event, 'no-backend');
  };
  const unreadable = () => end('one of its answers could not be read');
  worker.addEventListener('error', failed);
  worker.addEventListener('messageerror', unreadable);

  return {
    ended,
    end,
    watch(lock) {
      worker.removeEventListener('error', failed);
      if (lock === undefined) return;
      const free = navigator.locks.request(lock, { signal: stop.signal }, () =>
        end('it was closed, or the browser ended it, perhaps because memory ran out'),
      );
      free.catch(() => {}); // `end` stopped waiting for it
    },
    orEnd: (work) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.add(reject);
        work.then(resolve, reject).finally(() => waiting.delete(reject));
      }),
  };
}
