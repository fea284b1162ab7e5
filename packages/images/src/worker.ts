import { parentPort } from 'node:worker_threads';
import { isRingformerError } from '@ringformer/core/base';
import { runJob, type WorkerAnswer, type WorkerQuestion } from './job.ts';

parentPort?.on('message', ({ id, job }: WorkerQuestion) => {
  runJob(job).then(
    (result) => parentPort?.postMessage({ id, result } satisfies WorkerAnswer, [result.data.buffer as ArrayBuffer]),
    (error: Error) => {
      if (!isRingformerError(error)) throw error; // a fault of the program ends the thread, which its owner sees
      parentPort?.postMessage({ id, error: { code: error.code, message: error.message } } satisfies WorkerAnswer);
    },
  );
});
