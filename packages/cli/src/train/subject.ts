import type { SpecOf, TrainTask, Tree } from '@ringformer/core';
import type { CommonSettings, Entries } from './settings.ts';
import type { WorkerTask } from './worker-task.ts';

/** What can be learned: all in which translation and vision differ, and the run need not know. */
export type Subject<S extends CommonSettings, P extends Tree, Batch> = {
  /** Stands in the checkpoint. */
  readonly name: string;
  readonly settings: Entries<S>;
  /** Settings besides the common ones that may change on the way. */
  readonly mayChange: readonly string[];
  /** What a loss is the mean of. */
  readonly unit: 'token' | 'image';
  /** The name of `score`, of which more is better. */
  readonly scoreName: string;
  /** Tries files and sizes before the run's folder is made. @throws RingformerError */
  check(settings: S): Promise<void>;
  /** Reads the data and writes what the model in `folder` needs besides weights. */
  open(settings: S, folder: string, signal: AbortSignal): Promise<Opened<P, Batch>>;
};

/** By source: lines read, those too long left out, and target tokens. */
export type Reads = Readonly<Record<string, { readonly lines: number; readonly tokens: number }>>;

export type Opened<P extends Tree, Batch> = {
  /** The data in words. */
  readonly says: string;
  readonly spec: SpecOf<P>;
  init(seed: number): P;
  readonly task: TrainTask<P, Batch>;
  /** What a worker makes the same loss from. */
  readonly workerTask: WorkerTask;
  /** Mean loss over the validation data, without smoothing or dropout. */
  validLoss(params: P): Promise<number>;
  score(params: P, signal: AbortSignal): Promise<number>;
  /** The file of the trained weights. */
  save(params: P): Promise<Uint8Array>;
  /** What an epoch reads of each source, if there are several. */
  reads?(epoch: number): Reads;
  /** Ends what reads ahead. */
  close?(): Promise<void>;
};
