import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Follower, type Join, PROGRAM } from './follower.ts';

export type { Follower } from './follower.ts';

/** How many threads can run in parallel. */
export const processors: () => number = availableParallelism;

/** This thread may sleep while it waits for others. */
export const mayWait = true;

/**
 * V8 keeps a tile of six rows in registers since version 13. Earlier versions (Node 20 and 22) spill, and four rows are
 * faster.
 */
export const wideTiles: boolean = Number(process.versions.v8.split('.')[0]) >= 13;

/** Starts a thread that joins the team. It does not keep the process alive. */
export function follow(join: Join): Follower | undefined {
  const program = `const { parentPort, workerData } = require('node:worker_threads');${PROGRAM}
    serve(workerData, () => parentPort.postMessage(0));`;
  const worker = new Worker(program, {
    eval: true,
    workerData: join,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 },
  });
  worker.unref();
  const started = new Promise<void>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  started.catch(() => {}); // only callers that wait for it need to know
  return { started, end: () => void worker.terminate() };
}
