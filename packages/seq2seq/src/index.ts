export type { Architecture, DecoderParts, EncoderParts, Seq2seq, Span } from './architecture.ts';
export { type BeamOptions, beamSearch } from './beam.ts';
export { loadSeq2seq, saveSeq2seq } from './checkpoint.ts';
export { checkConfig, type Seq2seqConfig, seq2seqConfig } from './config.ts';
export { readConfig, writeConfig } from './config-file.ts';
export { decode, type Past } from './decoder.ts';
export { encode, type Memory } from './encoder.ts';
export { type GreedyOptions, greedySearch, type Hypothesis } from './greedy.ts';
export type {
  Decoding,
  EngineSeq2seq,
  Levels,
  OpenOptions,
  Seq2seqEngine,
  Seq2seqGraphs,
  Top,
} from './inference.ts';
export { initSeq2seq } from './init.ts';
export { type AttentionMap, type Inspection, inspect, type SignalStrength } from './inspect.ts';
export type { FixedTable, Layout } from './layout.ts';
export { createTranslator, type LoadOptions, loadTranslator } from './load-translator.ts';
export type { GraphFiles, ModelFiles } from './model-files.ts';
export { exportReference, importReference } from './names.ts';
export type {
  AnyParams,
  DecoderLevel,
  DecoderParams,
  EncoderLevel,
  EncoderParams,
  ModelParams,
  Seq2seqParams,
} from './params.ts';
export type { Pass } from './pass.ts';
export { ringFormer } from './ring.ts';
export { REFERENCE_NAMES, seq2seqSpec } from './ring-layout.ts';
export { tensorDecoding } from './tensor-decoding.ts';
export type { BatchOptions, TranslateOptions, Translator } from './translator.ts';
export { readWeights } from './weights.ts';
