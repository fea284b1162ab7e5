import type { Levels } from './inference.ts';

export type TranslateOptions = {
  /** Width of the beam search; 1 is greedy search. Default 4. */
  readonly beams?: number;
  /** α of the length penalty (Wu et al., 2016). Default 1. */
  readonly lengthPenalty?: number;
  /** The maximum number of tokens of a translation. Default: twice the source's plus 10, within the model's limit. */
  readonly maxLength?: number;
  /** How many of the model's levels to pass, on both sides or on each. Fewer are faster but less accurate. Default: all. */
  readonly levels?: number | Levels;
  readonly signal?: AbortSignal;
};

export type BatchOptions = TranslateOptions & {
  /** Sentences decoded together. Default 32. */
  readonly batchSize?: number;
  readonly onProgress?: (sentences: { done: number; total: number }) => void;
};
