import type { Tokenizer } from '@ringformer/text';
import type { Hypothesis } from './hypothesis.ts';
import type { TranslateOptions } from './options.ts';
import type { Part } from './plan.ts';

/** A model and its tokenizer, ready to search: the basis of every method of a translator. */
export type Searcher = {
  readonly tokenizer: Tokenizer;
  /** The parts of each text of a batch. @throws RingformerError 'bad-argument', 'bad-text' */
  parts(texts: readonly string[], options: TranslateOptions): Promise<Part[][]>;
  /** A sentence's tokens with bos and eos. */
  ids(source: string): number[];
  /**
   * Up to `beams` hypotheses for each source, the one to take first. With one beam and no `scores`, their scores are NaN.
   * `words`: a word that the model makes babble of comes back as it is, as the first hypothesis.
   */
  search(
    sources: readonly (readonly number[])[],
    options: TranslateOptions,
    also?: { readonly scores?: boolean; readonly words?: boolean; onToken?(token: number): void },
  ): Promise<Hypothesis[][]>;
};
