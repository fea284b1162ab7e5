import type { StepReport } from '@ringformer/core';
import type { Transform } from '@ringformer/images';
import type { VitConfig } from '@ringformer/vit';
import type { Verdict } from '@ringformer/vit/train';
import type { OwnBytes } from './bytes.ts';
import type { LabelledImages } from './dataset.ts';

/** Data and settings for training a small image classifier: plain data. */
export type TrainJob = {
  readonly data: LabelledImages;
  /** How many images at the end to hold out for evaluation; by default a tenth. */
  readonly holdOut?: number;
  /** The ring's sizes. Defaults: dim 64, 4 heads, 4 levels, mlpDim 4·dim, patches of 4 pixels. */
  readonly model?: Partial<Omit<VitConfig, 'architecture' | 'imageSize' | 'channels' | 'classes' | 'labels'>>;
  /** How images become numbers, for training (may be random) and for testing. Default: keep their size, centre around 0. */
  readonly transform?: { readonly train: Transform; readonly test: Transform };
  /** Total updates, including those before a resume. */
  readonly steps: number;
  /** Images per update. Default 64. */
  readonly batchSize?: number;
  /**
   * Peak learning rate (1e-3); `warmup`: updates to reach it (100); `cooldown`: final updates in which it falls to 0 (none).
   */
  readonly lr?: number;
  readonly warmup?: number;
  readonly cooldown?: number;
  readonly weightDecay?: number;
  /** Label smoothing and mixup's α; 0 by default. */
  readonly smoothing?: number;
  readonly mixup?: number;
  readonly seed?: number;
  /** Updates between evaluations and between checkpoints; by default only at the end. */
  readonly evaluateEvery?: number;
  readonly checkpointEvery?: number;
  /** Resumes from this checkpoint as if there had been no break. Only `steps`, `cooldown` and the two above may differ. */
  readonly checkpoint?: Uint8Array;
};

/** One update; see `StepReport` of @ringformer/core. */
export type TrainStep = StepReport;
/** How good the model is on the held-out images: mean cross-entropy in nats, share of correct answers. */
export type Evaluation = { readonly step: number } & Verdict;
/** The trained model: the text of config.json, the bytes of model.safetensors (float16), the text of transform.json. */
export type Trained = Evaluation & {
  readonly config: string;
  readonly weights: OwnBytes;
  readonly transform: string;
  readonly params: number;
};

export type TrainHooks = {
  onStep?(report: TrainStep): void;
  onEvaluation?(report: Evaluation): void;
  /**
   * Called every `checkpointEvery` updates, at evaluations, at the end, and when aborted. Training waits until it resolves.
   */
  onCheckpoint?(bytes: OwnBytes, step: number): void | Promise<void>;
};
