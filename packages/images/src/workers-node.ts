import { Worker } from 'node:worker_threads';
import { RingformerError, threadArgs } from '@ringformer/core/base';
import { checkCount } from './image.ts';
import type { Job, JobItem, JobResult, WorkerAnswer, WorkerQuestion, Workers } from './job.ts';

const PROGRAM = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

type Waiting = { resolve(result: JobResult): void; reject(error: Error): void };

/** Threads that run `program`, by default the worker of this package. */
export function startTeam(count: number, program: URL = PROGRAM): Workers {
  checkCount('workers', count);
  const members = Array.from({ length: count }, () => startWorker(program));
  return {
    count,
    run: (job) => members.reduce((least, member) => (member.busy() < least.busy() ? member : least)).run(job),
    end: async () => void (await Promise.all(members.map((member) => member.end()))),
  };
}

function startWorker(program: URL) {
  const worker = new Worker(program, { execArgv: threadArgs() });
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let failure: RingformerError | undefined;

  const fail = (why: string, cause?: unknown) => {
    failure ??= new RingformerError('lost', `[ringformer/images] A worker thread is gone: ${why}.`, { cause });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('message', (answer: WorkerAnswer) => {
    const asker = waiting.get(answer.id);
    if (!asker) return; // it already knows of the end
    waiting.delete(answer.id);
    if (waiting.size === 0) worker.unref();
    if ('result' in answer) asker.resolve(answer.result);
    else asker.reject(new RingformerError(answer.error.code, answer.error.message));
  });
  worker.on('error', (cause) => fail((cause as Error).message, cause));
  worker.on('messageerror', (cause) => fail('its answer could not be read', cause));
  worker.on('exit', (code) => fail(`it ended with code ${code}`));
  worker.unref();

  return {
    busy: () => waiting.size,
    run(job: Job): Promise<JobResult> {
      return new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        const items = job.items.map(ownBytes);
        const question: WorkerQuestion = { id: asked++, job: { ...job, items } };
        worker.postMessage(question, items.map(buffer));
        waiting.set(question.id, { resolve, reject });
        worker.ref();
      });
    },
    async end(): Promise<void> {
      fail('it was ended');
      worker.ref(); // who waits for the end must not be ended first
      await worker.terminate();
    },
  };
}

/** A view is sent with its whole buffer, which may be a whole data set, so each image is copied first. */
function ownBytes(item: JobItem): JobItem {
  if ('bytes' in item) return { ...item, bytes: new Uint8Array(item.bytes) };
  return { ...item, image: { ...item.image, data: new Uint8Array(item.image.data) } };
}

const buffer = (item: JobItem) => ('bytes' in item ? item.bytes : item.image.data).buffer as ArrayBuffer;
