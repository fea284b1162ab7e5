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
  corpusBleu,
  SACREBLEU_VERSION,
  sentenceBleu,
} from './bleu.ts';
export type { BleuTokenize } from './bleu-tokenize.ts';
export { type ChrfOptions, type ChrfScore, corpusChrf, sentenceChrf } from './chrf.ts';
export { isRingformerError, RingformerError, type TextErrorCode } from './errors.ts';
export type { References } from './references.ts';
export { type StreamDecoder, streamDecoder } from './stream-decoder.ts';
export { type TokenLines, tokenBleu, tokenNist } from './token-scores.ts';
export { loadTokenizer, type Tokenizer } from './tokenizer.ts';
export {
  type AddedToken,
  type BpeModel,
  SPECIAL_TOKENS,
  type TokenizerFile,
  tokenizerConfig,
} from './tokenizer-file.ts';
export { type TrainProgress, type TrainTokenizerOptions, trainTokenizer } from './train-tokenizer.ts';
