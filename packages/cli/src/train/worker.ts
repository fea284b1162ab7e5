import { parentPort, workerData } from 'node:worker_threads';
import { leaves, packTree, unpackTree, valueAndGrads } from '@ringformer/core';
import { initSeq2seq } from '@ringformer/seq2seq';
import { startWasm } from '@ringformer/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { sentenceLoss } from './task.ts';
import type { WorkerAnswer, WorkerJob, WorkerStart } from './workers.ts';

const { config, smoothing, weights, gradient } = workerData as WorkerStart;
const flatWeights = new Float32Array(weights);
const flatGradient = new Float32Array(gradient);
const loss = sentenceLoss(config, smoothing);
const started = startWasm();
let template: ReturnType<typeof initSeq2seq> | undefined;

/** One batch's loss and gradient from the weights as they stand in shared memory. */
async function answer({ batch, seed }: WorkerJob): Promise<WorkerAnswer> {
  await started;
  template ??= initSeq2seq(config, 0);
  const shapes = template.params;
  const params = unpackTree(shapes, flatWeights);
  const { value, grads } = valueAndGrads((params: typeof shapes) => loss(params, batch, { dropoutSeed: seed }), params);
  const sum = (await value.data())[0] as number;
  packTree(grads, flatGradient);
  tf.dispose([value, leaves(grads), leaves(params)]);
  return { loss: sum };
}

parentPort?.on('message', (job: WorkerJob) => {
  answer(job).then(
    (message) => parentPort?.postMessage(message),
    (error: Error) => parentPort?.postMessage({ error: error.message } satisfies WorkerAnswer),
  );
});
