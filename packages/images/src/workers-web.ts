import { refuse } from './image.ts';
import type { Workers } from './job.ts';

/** Browsers decode in threads of their own. */
export function startTeam(_count: number): Workers {
  return refuse(
    'no-backend',
    'Worker threads make batches in Node.js only. In a browser leave `workers` out, and call from a Web Worker.',
  );
}
