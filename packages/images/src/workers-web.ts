import { refuse } from './image.ts';
import type { Workers } from './job.ts';

/** Browsers decode in their own threads. */
export function startTeam(_count: number): Workers {
  return refuse(
    'no-backend',
    'Worker threads make batches in Node.js only. In a browser, leave `workers` out and call this from a Web Worker.',
  );
}
