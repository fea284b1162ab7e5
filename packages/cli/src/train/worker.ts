import { parentPort, workerData } from 'node:worker_threads';
import { leaves, packTree, unpackTree, valueAndGrads } from '@ringformer/core';
import { type AnyParams, initSeq2seq } from '@ringformer/seq2seq';
import { startWasm } from '@ringformer/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { architectureNamed } from '../architecture.ts';
import { sentenceLoss } from './task.ts';
import type { WorkerAnswer, WorkerJob, WorkerStart } from './workers.ts';

const { config, smoothing, weights, gradient } = workerData as WorkerStart;
const flatWeights = new Float32Array(weights);
const flatGradient = new Float32Array(gradient);

async function start() {
  await startWasm();
  const architecture = await architectureNamed(config.architecture);
  const { params } = initSeq2seq<AnyParams>(config, 0, architecture);
  return { shapes: params, loss: sentenceLoss({ config, architecture }, smoothing) };
}
const started = start();

/** One batch's loss and gradient from the weights as they stand in shared memory. */
async function answer({ batch, seed }: WorkerJob): Promise<WorkerAnswer> {
  const { shapes, loss } = await started;
  const params = unpackTree(shapes, flatWeights);
  const { value, grads } = valueAndGrads((params: AnyParams) => loss(params, batch, { dropoutSeed: seed }), params);
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
