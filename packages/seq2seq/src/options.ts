import type { Levels } from './inference.ts';

export type TranslateOptions = {
  /** Width of the beam search; 1 is greedy search. Default 4. */
  readonly beams?: number;
  /** α of the length penalty (Wu et al., 2016): larger ones make longer translations. Default: the model's own, or 1. */
  readonly lengthPenalty?: number;
  /**
   * No n tokens in a row occur again within a sentence, except as often as the source repeats itself; 0 turns this off.
   * Default: 2 for sources of up to 16 tokens, 3 for longer ones.
   */
  readonly noRepeat?: number;
  /**
   * Takes the likeliest translation as it is. Otherwise one with the same numbers as the source goes first, if there is one
   * at least half as confident; and a single word that the model makes babble of comes back as it is. Default false.
   */
  readonly raw?: boolean;
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
