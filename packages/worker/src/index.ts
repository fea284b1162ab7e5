// Runs models in a worker, so that pages stay responsive: `@ringformer/worker`.
export type { LabelledImages } from './dataset.ts';
export type { WorkerLike } from './life.ts';
export {
  type LoadInWorker,
  type RemoteClassifier,
  type RemoteTranslator,
  type RingWorker,
  startWorker,
  type WorkerOptions,
} from './start-worker.ts';
export type { Evaluation, Trained, TrainHooks, TrainJob, TrainStep } from './train-job.ts';
