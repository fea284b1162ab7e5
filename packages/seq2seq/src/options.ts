import type { Levels } from './inference.ts';

export type TranslateOptions = {
  /** Width of the beam search; 1 is greedy search. Default 4. */
  readonly beams?: number;
  /** α of the length penalty (Wu et al., 2016): larger ones make longer translations. Default: the model's own, or 1. */
  readonly lengthPenalty?: number;
  /**
   * No n tokens in a row occur again within a sentence, and no word directly after itself, except as often as the source
   * repeats itself; 0 turns this off. Default: 2 for sources of up to 16 tokens, 3 for longer ones.
   */
  readonly noRepeat?: number;
  /**
   * Takes the likeliest translation as it is. Otherwise numbers are kept: if the likeliest translation has them wrong, another
   * one that has them right is taken, searched for if need be, or they are put in; and a single word that the model makes
   * babble of comes back as it is. Default false.
   */
  readonly raw?: boolean;
  /** The maximum number of tokens of a translation. Default: twice the source's plus 10, within the model's limit. */
  readonly maxLength?: number;
  /** How many of the model's levels to pass, on both sides or on each. Fewer are faster but less accurate. Default: all. */
  readonly levels?: number | Levels;
  /** The language of the texts, such as 'de': needed only if the model's configuration does not say it. */
  readonly from?: string;
  /** The language of the translations. */
  readonly to?: string;
  /** A sentence that is longer than the model reads is refused ('bad-text'), instead of translated in parts. */
  readonly strict?: boolean;
  /** Called for sentences that were translated in parts or not at all. Default: `console.warn` with the message. */
  readonly onWarning?: (warning: TextWarning) => void;
  readonly signal?: AbortSignal;
};

/** A sentence that could not be translated as it is. */
export type TextWarning = {
  /**
   * It is longer than the model reads, and was translated in parts; or already in the target language or in a script that
   * the model does not know, and was left as it is.
   */
  readonly kind: 'long' | 'language';
  /** Which text of a batch, counted from 0. */
  readonly text: number;
  /** Which line of the text, counted from 1. */
  readonly line: number;
  readonly message: string;
};

export type BatchOptions = TranslateOptions & {
  /** Sentences decoded together. Default 32. */
  readonly batchSize?: number;
  readonly onProgress?: (sentences: { done: number; total: number }) => void;
};
