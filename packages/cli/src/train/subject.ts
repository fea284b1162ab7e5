import type { SpecOf, TrainTask, Tree } from '@ringformer/core';
import type { CommonSettings, Entries } from './settings.ts';
import type { WorkerTask } from './worker-task.ts';

/** A kind of model to train: everything that differs between translation and vision and that a run need not know. */
export type Subject<S extends CommonSettings, P extends Tree, Batch> = {
  /** Stored in the checkpoint. */
  readonly name: string;
  /** 'train' or 'train vision'. */
  readonly command: string;
  readonly settings: Entries<S>;
  /** What is wrong with settings that only make sense together. */
  problems?(settings: S): readonly string[];
  /** Settings, besides the common ones, that may change when a run resumes. */
  readonly mayChange: readonly string[];
  /** What a loss is averaged over. */
  readonly unit: 'token' | 'image';
  /** The name of `score`; higher is better. */
  readonly scoreName: string;
  /** Checks files and sizes before the run's folder is made. @throws RingformerError */
  check(settings: S): Promise<void>;
  /** Reads the data, and writes everything that the model in `folder` needs apart from weights. */
  open(settings: S, folder: string, signal: AbortSignal): Promise<Opened<P, Batch>>;
};

/** By source: lines read, lines skipped as too long, and target tokens. */
export type Reads = Readonly<Record<string, { readonly lines: number; readonly tokens: number }>>;

export type Opened<P extends Tree, Batch> = {
  /** A description of the data. */
  readonly says: string;
  readonly spec: SpecOf<P>;
  init(seed: number): P;
  readonly task: TrainTask<P, Batch>;
  /** What a worker needs to compute the same loss. */
  readonly workerTask: WorkerTask;
  /** Mean loss over the validation data, without smoothing or dropout. */
  validLoss(params: P): Promise<number>;
  score(params: P, signal: AbortSignal): Promise<number>;
  /** The file of the trained weights. */
  save(params: P): Promise<Uint8Array>;
  /** What an epoch reads from each source, if there are several. */
  reads?(epoch: number): Reads;
  /** Stops reading ahead. */
  close?(): Promise<void>;
};
