import type { Levels } from './inference.ts';

export type TranslateOptions = {
  /** Width of the search; 1 is greedy. Default 4. */
  readonly beams?: number;
  /** α of the length penalty (Wu et al., 2016). Default 1. */
  readonly lengthPenalty?: number;
  /** Most tokens of a translation. Default: twice the source and 10 more, within the model's limit. */
  readonly maxLength?: number;
  /** How many of the model's levels are passed, on both sides or on each: fewer are faster and worse. Default: all. */
  readonly levels?: number | Levels;
  readonly signal?: AbortSignal;
};

export type BatchOptions = TranslateOptions & {
  /** Sentences decoded together. Default 32. */
  readonly batchSize?: number;
  readonly onProgress?: (sentences: { done: number; total: number }) => void;
};
