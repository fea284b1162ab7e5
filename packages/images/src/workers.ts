import { startTeam } from '#workers';
import type { Workers } from './job.ts';

/**
 * Threads that decode and transform for `batches`. Several calls can share them, and whoever started them ends them. Idle
 * threads do not keep the process alive. If one dies, its pending and later requests are rejected with 'lost'.
 * @throws RingformerError 'no-backend' in browsers.
 */
export function startWorkers(count: number): Workers {
  return startTeam(count);
}
