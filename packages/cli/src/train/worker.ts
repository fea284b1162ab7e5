import { parentPort, workerData } from 'node:worker_threads';
import { countParams, leaves, packTree, type Tree, unpackTree, valueAndGrads } from '@ringformer/core';
import { joinThreads } from '@ringformer/mpi';
import { startWasm } from '@ringformer/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { workerLoss } from './worker-loss.ts';
import type { WorkerAnswer, WorkerJob, WorkerStart } from './workers.ts';

const { task, precision, seat, threads } = workerData as WorkerStart;
const ranks = joinThreads(seat);
const started = startWasm({ products: precision, threads })
  .then(() => workerLoss(task))
  .then((model) => {
    const size = countParams(model.shapes);
    return { ...model, weights: new Float32Array(size), gradient: new Float32Array(size) };
  });

const tell = (answer: WorkerAnswer) => parentPort?.postMessage(answer);

/** One batch's loss; its gradient is added to the other ranks'. */
async function work({ fresh, batch, seed }: WorkerJob): Promise<void> {
  const { shapes, loss, weights, gradient } = await started;
  if (fresh) await ranks.broadcast(new Uint8Array(weights.buffer));
  if (batch === undefined) {
    gradient.fill(-0); // x + -0 is x, for 0 and -0 too
    tell({ loss: 0 });
  } else {
    const params = unpackTree(shapes, weights);
    const { value, grads } = valueAndGrads((params: Tree) => loss(params, batch, seed), params);
    const sum = (await value.data())[0]!;
    packTree(grads, gradient);
    tf.dispose([value, leaves(grads), leaves(params)]);
    tell({ loss: sum });
  }
  await ranks.allReduceSum(gradient);
}

let busy = Promise.resolve();
parentPort?.on('message', (job: WorkerJob) => {
  busy = busy.then(() => work(job)).catch((error: Error) => tell({ error: error.message }));
});
