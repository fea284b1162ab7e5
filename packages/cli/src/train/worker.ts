import { parentPort, workerData } from 'node:worker_threads';
import { leaves, packTree, type Tree, unpackTree, valueAndGrads } from '@ringformer/core';
import { startWasm } from '@ringformer/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { workerLoss } from './worker-loss.ts';
import type { WorkerAnswer, WorkerJob, WorkerStart } from './workers.ts';

const { task, precision, weights, gradient, threads } = workerData as WorkerStart;
const flatWeights = new Float32Array(weights);
const flatGradient = new Float32Array(gradient);
const started = startWasm({ products: precision, threads }).then(() => workerLoss(task));

/** One batch's loss and gradient, from the current weights in shared memory. */
async function answer({ batch, seed }: WorkerJob): Promise<WorkerAnswer> {
  const { shapes, loss } = await started;
  const params = unpackTree(shapes, flatWeights);
  const { value, grads } = valueAndGrads((params: Tree) => loss(params, batch, seed), params);
  const sum = (await value.data())[0]!;
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
