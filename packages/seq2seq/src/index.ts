export { type BeamOptions, beamSearch } from './beam.ts';
export { loadSeq2seq, saveSeq2seq } from './checkpoint.ts';
export { checkConfig, type Seq2seqConfig, seq2seqConfig } from './config.ts';
export { readConfig, writeConfig } from './config-file.ts';
export { decode, type Past } from './decoder.ts';
export { encode, type Memory } from './encoder.ts';
export { type GreedyOptions, greedySearch, type Hypothesis } from './greedy.ts';
export { initSeq2seq } from './init.ts';
export { createTranslator, type LoadOptions, loadTranslator } from './load-translator.ts';
export type { ModelFiles } from './model-files.ts';
export { exportReference, importReference, REFERENCE_NAMES } from './names.ts';
export type {
  DecoderLevel,
  DecoderParams,
  EncoderLevel,
  EncoderParams,
  Seq2seq,
  Seq2seqParams,
} from './params.ts';
export type { Pass } from './pass.ts';
export { seq2seqSpec } from './spec.ts';
export { tensorDecoding } from './tensor-decoding.ts';
export type { BatchOptions, TranslateOptions, Translator } from './translator.ts';
export { readWeights } from './weights.ts';
