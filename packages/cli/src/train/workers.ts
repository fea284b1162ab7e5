import { availableParallelism, cpus } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  type Compute,
  computeHere,
  countParams,
  disposeTree,
  packTree,
  RingformerError,
  type TrainTask,
  type Tree,
  unpackTree,
} from '@ringformer/core';
import { startThreads, type ThreadSeat } from '@ringformer/mpi';
import type { CommonSettings } from './settings.ts';
import type { WorkerTask } from './worker-task.ts';

/** What a worker computes, and with which products. */
export type WorkerWork = {
  readonly task: WorkerTask;
  readonly precision: CommonSettings['precision'];
  /** How many processors all workers together use. Default: all. */
  readonly processors?: number;
};

export type WorkerStart = WorkerWork & {
  /** Its place among the ranks. */
  readonly seat: ThreadSeat;
  /** Threads of its native kernels. */
  readonly threads: number;
};
/** `fresh`: rank 0 broadcasts new weights first. Without a batch, the worker adds nothing to the sum. */
export type WorkerJob = { readonly fresh: boolean; readonly batch?: unknown; readonly seed: number };
export type WorkerAnswer = { readonly loss: number } | { readonly error: string };

type Env = Readonly<Record<string, string | undefined>>;
/** Open MPI binds each process to some processors, by default to a single one if there are only two processes. */
const isBound = (env: Env): boolean => env.OMPI_MCA_orte_bound_at_launch === '1';

/**
 * How many processors each of the ranks on this machine may use: together as many as were given, or all. A rank that Open MPI
 * has bound to fewer can't use more.
 */
export function processorsOf(
  ranksHere: number,
  given: number | undefined,
  { env, machine, available }: { env: Env; machine: number; available: number } = here(),
): number {
  const all = given ?? (isBound(env) ? machine : available);
  const share = Math.max(1, Math.floor(all / ranksHere));
  return isBound(env) ? Math.min(share, available) : share;
}

/** What to say if Open MPI has bound a rank to fewer processors than its share of the machine's. */
export function boundNote(
  ranksHere: number,
  given: number | undefined,
  { env, machine, available }: { env: Env; machine: number; available: number } = here(),
): string | undefined {
  const share = Math.max(1, Math.floor((given ?? machine) / ranksHere));
  if (!isBound(env) || share <= available) return undefined;
  return `Open MPI has bound each rank to ${available} of ${machine} processors, but its share is ${share}: start with mpiexec --bind-to none to use them`;
}

const here = () => ({ env: process.env, machine: cpus().length, available: availableParallelism() });

/** How many threads the native kernels of each of `workers` use, so that all together are as many as the processors used. */
export const kernelThreads = (workers: number, processors = availableParallelism()): number =>
  Math.min(16, Math.max(1, Math.floor(processors / workers)));

/**
 * Synchronous data parallelism on one machine: the batches of an update are shared among `count` threads, this one included.
 * Their gradients are added in the order of the batches, so the sum is bit for bit that of a single thread.
 */
export async function shareWork<P extends Tree, Batch>(
  task: TrainTask<P, Batch>,
  work: WorkerWork,
  params: P,
  count: number,
): Promise<{ compute: Compute<P, Batch>; close: () => Promise<void> }> {
  const size = countParams(params);
  const ranks = startThreads(count, 4 * size);
  const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './train-worker.js', import.meta.url);
  const threads = kernelThreads(count, work.processors);
  const helpers = ranks.seats.map((seat) => {
    const start: WorkerStart = { ...work, seat, threads };
    const worker = new Worker(file, { workerData: start, transferList: [seat.port] });
    worker.on('error', (cause) => ranks.fail(lost(cause)));
    worker.on('exit', (code) => ranks.fail(lost(`it ended with code ${code}`)));
    return worker;
  });
  const here = computeHere(task);
  const flat = new Float32Array(size);
  const sum = new Float32Array(size);

  const compute: Compute<P, Batch> = async function* (params, work) {
    if (work.length === 1) return yield* here(params, work);
    packTree(params, flat);
    let [loss, tokens] = [0, 0];
    for (let first = 0; first < work.length; first += count) {
      const others = helpers.map((worker, i) => {
        const job = work[first + 1 + i];
        return { job, answer: ask(worker, { fresh: first === 0, seed: 0, ...job }) };
      });
      for (const { answer } of others) answer.catch(ranks.fail); // nobody waits for a thread that can't go on
      if (first === 0) await ranks.broadcast(new Uint8Array(flat.buffer));
      for await (const part of here(params, work.slice(first, first + 1))) {
        if (first === 0) packTree(part.grads, sum);
        else addTree(part.grads, sum);
        disposeTree(part.grads);
        loss += part.loss;
        tokens += part.count;
      }
      for (const { job, answer } of others) {
        loss += (await answer).loss;
        if (job) tokens += task.count(job.batch);
      }
      await ranks.allReduceSum(sum);
    }
    yield { loss, count: tokens, grads: unpackTree(params, sum) };
  };
  return {
    compute,
    close: async () => {
      await Promise.all(helpers.map((worker) => worker.terminate()));
      await ranks.close();
    },
  };
}

/** Adds the leaves to `sum`, in tree order. */
function addTree(tree: Tree, sum: Float32Array): void {
  const added = new Float32Array(sum.length);
  packTree(tree, added);
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (added[i] as number);
}

const lost = (cause: unknown) =>
  new RingformerError(
    'lost',
    `A training worker failed: ${cause instanceof Error ? cause.message : cause}. Resume with --workers 1.`,
  );

function ask(worker: Worker, job: WorkerJob): Promise<{ loss: number }> {
  return new Promise((resolve, reject) => {
    const done = () => {
      worker.off('message', answer);
      worker.off('error', fail);
      worker.off('exit', exit);
    };
    const fail = (cause: unknown) => {
      done();
      reject(lost(cause));
    };
    const exit = (code: number) => fail(`it ended with code ${code}`);
    const answer = (message: WorkerAnswer) => {
      if ('error' in message) return fail(message.error);
      done();
      resolve(message);
    };
    worker.on('message', answer).on('error', fail).on('exit', exit);
    worker.postMessage(job);
  });
}
