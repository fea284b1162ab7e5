import { startTeam } from '#workers';
import type { Workers } from './job.ts';

/**
 * Threads that decode and transform for `batches`, to be shared by several calls, and ended by who started them. They do not
 * keep the process alive while they have nothing to do. If one dies, what it was asked is rejected with 'lost', and so
 * is what it is asked later.
 * @throws RingformerError 'no-backend' in browsers.
 */
export function startWorkers(count: number): Workers {
  return startTeam(count);
}
