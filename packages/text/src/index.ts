export { AUGMENTATIONS, type AugmentOptions, type AugmentRates, augmentPair } from './augment/augment.ts';
export { type NumberStyle, numberStyle } from './augment/numbers.ts';
export { type Entry, readSwapTable, type SwapTable } from './augment/table.ts';
export {
  type Batch,
  batchesByTokens,
  type EpochPlan,
  type IdPair,
  makeBatch,
  type PlanOptions,
  pairLengths,
  planEpoch,
  type RowIds,
} from './batches.ts';
export {
  type BleuOptions,
  type BleuScore,
  type BleuSmooth,
  bleuMeasure,
  corpusBleu,
  SACREBLEU_VERSION,
  sentenceBleu,
} from './bleu.ts';
export type { BleuTokenize } from './bleu-tokenize.ts';
export {
  type BootstrapOptions,
  type Comparison,
  confidenceIntervals,
  type Interval,
  pairedBootstrap,
} from './bootstrap.ts';
export { isInCapitals, withoutCapitals } from './capitals.ts';
export { type ChrfOptions, type ChrfScore, chrfMeasure, corpusChrf, sentenceChrf } from './chrf.ts';
export { clockSpans } from './clock.ts';
export { cutText } from './cut-text.ts';
export { digitGroups, digitRuns, sameDigits } from './digits.ts';
export { asFragment, asSentence, leadLength } from './fragments.ts';
export { isInLanguage } from './guess-language.ts';
export { hourSpans } from './hour-spans.ts';
export type { Measure } from './measure.ts';
export { type Draw, type Mixture, type MixtureOptions, type MixtureSource, planMixture } from './mixture.ts';
export { countNames, sharedNames } from './names.ts';
export {
  inOtherForm,
  type NumberToken,
  numberMarks,
  numberSpans,
  numbersIn,
  plainNumber,
  withTargetForms,
} from './number-form.ts';
export { halfDay, isTime, keepsNumbers, type NumberDifference, numberDifference } from './numbers.ts';
export { type ProtectedSpan, protectedSpans } from './protected.ts';
export type { References } from './references.ts';
export { repeatsItself } from './repetition.ts';
export { type FindForeign, foreignFinder } from './scripts.ts';
export { type Sentence, type SentenceOptions, type Span, splitSentences } from './sentences.ts';
export { shorthandSpans } from './shorthand.ts';
export { type StreamDecoder, streamDecoder } from './stream-decoder.ts';
export type { TextPair } from './text-pair.ts';
export { type TokenLines, tokenBleu, tokenNist } from './token-scores.ts';
export { type EncodeOptions, loadTokenizer, type Tokenizer } from './tokenizer.ts';
export {
  type AddedToken,
  type BpeModel,
  type NormalizerName,
  SPECIAL_TOKENS,
  type TokenizerFile,
  tokenizerConfig,
  withNormalizer,
} from './tokenizer-file.ts';
export { type TrainProgress, type TrainTokenizerOptions, trainTokenizer } from './train-tokenizer.ts';
