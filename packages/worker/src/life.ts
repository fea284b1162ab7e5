import { type ErrorCode, RingformerError } from '@ringformer/core/base';

/** What is needed of a `Worker`. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'addEventListener' | 'removeEventListener' | 'terminate'>;

/** Whether a worker lives. What is awaited through `orEnd` is rejected when it ends. */
export type Life = {
  readonly ended: Promise<RingformerError>;
  orEnd<T>(work: Promise<T>): Promise<T>;
  /** `code` is 'lost' unless the worker never started. */
  end(why: string, cause?: unknown, code?: ErrorCode): void;
  /** From now on an error of the worker's is its own affair; when the lock that it holds is free, it is gone. */
  watch(lock: string | undefined): void;
};

/**
 * Browsers do not tell when a worker dies: out of memory, or closed by itself. But the locks that it held (Web Locks API) come
 * free. On plain http there are none; then only `terminate` and a worker that does not start are noticed.
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
    failure = new RingformerError(code, `[ringformer/worker] The worker is gone: ${why}. Start another.`, { cause });
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
  const unreadable = () => end('an answer of its could not be read');
  worker.addEventListener('error', failed);
  worker.addEventListener('messageerror', unreadable);

  return {
    ended,
    end,
    watch(lock) {
      worker.removeEventListener('error', failed);
      if (lock === undefined) return;
      const free = navigator.locks.request(lock, { signal: stop.signal }, () =>
        end('it was closed, or the browser ended it, perhaps for want of memory'),
      );
      free.catch(() => {}); // the wait for it was ended by `end`
    },
    orEnd: (work) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.add(reject);
        work.then(resolve, reject).finally(() => waiting.delete(reject));
      }),
  };
}
