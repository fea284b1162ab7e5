/** What the preparation of text has to know of a language. Lists are separated by spaces, so that they stay small. */
export type LanguageData = {
  /** Words before a full stop that does not end a sentence, without the stop. Single letters never end one. */
  readonly abbreviations: string;
  /** The same, but only before a number: 'No. 5'. */
  readonly beforeNumbers: string;
  /** The same, before a number or a small letter: 'am Do. um 8'. */
  readonly beforeSmall: string;
  /** Abbreviations that may also end a sentence: 'usw. Dann …'. */
  readonly endings: string;
  /** Words before a number with a full stop that make it an ordinal: 'am 3. Oktober'. Empty if ordinals have no stop. */
  readonly beforeOrdinals: string;
  /** Words after a number with a full stop that make it an ordinal. */
  readonly afterOrdinals: string;
  /** Words before which a noun is likely, if the language writes nouns with a capital; empty otherwise. */
  readonly beforeNouns: string;
  /** Words with which a long sentence is best cut, in front of them. */
  readonly conjunctions: string;
  /** Frequent small words, by which the language is recognised and the start of a sentence as well. */
  readonly words: string;
  /** Those of `words` that are nouns as well, if the language writes nouns with a capital. */
  readonly alsoNouns: string;
  /** Words that always begin with a capital letter, besides names. */
  readonly capitals: string;
  /**
   * How words for 0, 1, … 20, 30, … 90 begin: variants joined by commas, and '-' for a number whose words are those of others.
   */
  readonly numerals: string;
  /** Patterns of what is short for words that translate better, with the words: 'No. ' before a number, 'number '. */
  readonly shorthand: readonly (readonly [pattern: string, words: string])[];
  /** Pairs such as 'ss ß': in capitals the first may stand for the second. */
  readonly capitalised: readonly (readonly [string, string])[];
};
