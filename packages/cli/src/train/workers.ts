import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  type Compute,
  computeHere,
  countParams,
  packTree,
  RingformerError,
  type TrainTask,
  type Tree,
  unpackTree,
} from '@ringformer/core';
import type { CommonSettings } from './settings.ts';
import type { WorkerTask } from './worker-task.ts';

/** What a worker computes, and with which products. */
export type WorkerWork = {
  readonly task: WorkerTask;
  readonly precision: CommonSettings['precision'];
  /** How many processors all workers together use. Default: all. */
  readonly processors?: number;
};

/** What a worker starts with; weights and gradients go through shared memory, flat and in tree order. */
export type WorkerStart = WorkerWork & {
  readonly weights: SharedArrayBuffer;
  readonly gradient: SharedArrayBuffer;
  /** Threads of its native kernels. */
  readonly threads: number;
};
export type WorkerJob = { readonly batch: unknown; readonly seed: number };
export type WorkerAnswer = { readonly loss: number } | { readonly error: string };

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
  const weights = new Float32Array(new SharedArrayBuffer(4 * size));
  const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './train-worker.js', import.meta.url);
  const helpers = Array.from({ length: count - 1 }, () => {
    const gradient = new Float32Array(new SharedArrayBuffer(4 * size));
    const start: WorkerStart = {
      ...work,
      weights: weights.buffer as SharedArrayBuffer,
      gradient: gradient.buffer as SharedArrayBuffer,
      threads: kernelThreads(count, work.processors),
    };
    return { gradient, worker: new Worker(file, { workerData: start }) };
  });
  const here = computeHere(task);

  const compute: Compute<P, Batch> = async function* (params, work) {
    packTree(params, weights);
    for (let first = 0; first < work.length; first += count) {
      const own = work[first] as (typeof work)[number];
      const others = work.slice(first + 1, first + count);
      const answers = others.map((job, i) => ask((helpers[i] as (typeof helpers)[number]).worker, job));
      answers.forEach((answer) => answer.catch(() => {})); // awaited below, after this thread's own share
      yield* here(params, [own]);
      for (const [i, job] of others.entries()) {
        const { loss } = await (answers[i] as Promise<{ loss: number }>);
        yield {
          loss,
          count: task.count(job.batch),
          grads: unpackTree(params, (helpers[i] as (typeof helpers)[number]).gradient),
        };
      }
    }
  };
  return {
    compute,
    close: async () => {
      await Promise.all(helpers.map(({ worker }) => worker.terminate()));
    },
  };
}

function ask(worker: Worker, job: WorkerJob): Promise<{ loss: number }> {
  return new Promise((resolve, reject) => {
    const done = () => {
      worker.off('message', answer);
      worker.off('error', fail);
      worker.off('exit', exit);
    };
    const fail = (cause: unknown) => {
      done();
      reject(
        new RingformerError(
          'lost',
          `A training worker failed: ${cause instanceof Error ? cause.message : cause}. Resume with --workers 1.`,
        ),
      );
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
