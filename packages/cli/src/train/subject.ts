import type { SpecOf, TrainTask, Tree } from '@ringformer/core';
import type { Entries } from './entries.ts';
import type { Presets } from './presets.ts';
import type { CommonSettings } from './settings.ts';
import type { WorkerTask } from './worker-task.ts';

/** A kind of model to train: everything that differs between translation and vision and that a run need not know. */
export type Subject<S extends CommonSettings, P extends Tree, Batch> = {
  /** Stored in the checkpoint. */
  readonly name: 'translation' | 'vision';
  /** 'train' or 'train vision'. */
  readonly command: string;
  readonly settings: Entries<S>;
  /** Flags that stand for several settings. */
  readonly presets: Presets;
  /** What is wrong with settings that only make sense together. */
  problems?(settings: S): readonly string[];
  /** Settings, besides the common ones, that may change when a run resumes. */
  readonly mayChange: readonly string[];
  /** What a loss is averaged over. */
  readonly unit: 'token' | 'image';
  /** The name of `score`; higher is better. */
  readonly scoreName: string;
  /** Settings that a run of an earlier version lacks, as that version behaved. */
  upgrade?(stored: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /**
   * Checks files and sizes before the run's folder is made or changed, and compares the data with those the run began with.
   * Returns what run.json keeps about the data. @throws RingformerError
   */
  check(settings: S, before?: Before): Promise<Facts | undefined>;
  /**
   * Reads the data, and the tokenizer if the run in `folder` is `resumed`. Writes nothing. `ranks`: of how many batches this
   * process reads only one.
   */
  open(settings: S, folder: string, signal: AbortSignal, resumed: boolean, ranks: number): Promise<Opened<P, Batch>>;
};

/** What a run's data are, to notice on resuming that they have changed: plain JSON, `valid` for the evaluation data. */
export type Facts = Readonly<Record<string, unknown>>;

/** A run that is resumed: its folder, its facts unless an earlier version began it, and the settings given now. */
export type Before = {
  readonly output: string;
  readonly facts: Facts | undefined;
  readonly given: Readonly<Record<string, unknown>>;
};

/** By source: lines read, lines skipped as too long, and target tokens. */
export type Reads = Readonly<Record<string, { readonly lines: number; readonly tokens: number }>>;

/** Settings that are stored with a run, with those that its version did not have yet. */
export const upgraded = (
  subject: { upgrade?(stored: Readonly<Record<string, unknown>>): Record<string, unknown> },
  stored: Readonly<Record<string, unknown>>,
): Record<string, unknown> => ({ optimizer: 'adam', ...(subject.upgrade?.(stored) ?? stored) });

export type Opened<P extends Tree, Batch> = {
  /** A description of the data. */
  readonly says: string;
  readonly spec: SpecOf<P>;
  /** How many parameters a vanilla Transformer of the same sizes has. */
  readonly vanilla: number;
  init(seed: number): P;
  readonly task: TrainTask<P, Batch>;
  /** What a worker needs to compute the same loss. */
  readonly workerTask: WorkerTask;
  /** Of the first epoch. */
  readonly batchesPerEpoch: number;
  /** For the log: how many pairs or images there are, and how many were left out. */
  readonly counts?: Readonly<Record<string, unknown>>;
  /** Writes everything that the model needs apart from weights, once all checks have passed. */
  begin(): void;
  /** Mean loss over the validation data, without smoothing or dropout. */
  validLoss(params: P): Promise<number>;
  /** Undefined if the settings ask for none. */
  score(params: P, signal: AbortSignal): Promise<number | undefined>;
  /** The file of the trained weights. */
  save(params: P): Promise<Uint8Array>;
  /** Writes what is known of the final weights beside them. */
  report?(params: P): Promise<void>;
  /** What an epoch reads from each source, if there are several. */
  reads?(epoch: number): Reads;
  /** Stops reading ahead. */
  close?(): Promise<void>;
};
