import { type ServeOptions, serveWorker } from '../src/host.ts';
import { startWorker, type WorkerOptions } from '../src/index.ts';
import type { WorkerLike } from '../src/life.ts';

/**
 * Both sides of a worker over a MessageChannel in this thread: messages are cloned and transferred as between threads, but
 * nothing runs in parallel. tools/browser/models.spec.ts tests real workers in Chromium.
 */
export function startInThread(serve: ServeOptions = {}, options: WorkerOptions = {}) {
  const { port1, port2 } = new MessageChannel();
  serveWorker({ ...serve, endpoint: port2 });
  const worker: WorkerLike = Object.assign(port1, { terminate: () => port1.close() });
  return startWorker(() => worker, options);
}
