export type { Architecture, Layout, Seq2seq } from './architecture.ts';
export { type BeamOptions, beamSearch } from './beam.ts';
export type { Brake } from './brake.ts';
export { initSeq2seq, loadSeq2seq, saveSeq2seq } from './checkpoint.ts';
export { checkConfig, readConfig, type Seq2seqConfig, seq2seqConfig, writeConfig } from './config.ts';
export { decode, type Past } from './decoder.ts';
export { encode, type Memory } from './encoder.ts';
export { type GreedyOptions, greedySearch } from './greedy.ts';
export type { Hypothesis } from './hypothesis.ts';
export type {
  Decoding,
  EngineSeq2seq,
  Levels,
  OpenOptions,
  Seq2seqEngine,
  Seq2seqGraphs,
  Top,
} from './inference.ts';
export {
  type AttentionMap,
  type Inspection,
  inspect,
  type SignalStrength,
  type TokenStrength,
} from './inspect.ts';
export type { DecoderPlaces, EncoderPlaces, LevelPlan } from './level-plan.ts';
export type { LoadOptions } from './load-translator.ts';
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
export type { DecoderParts, EncoderParts, Span } from './parts.ts';
export type { Pass } from './pass.ts';
export { quantizeSeq2seq, type Storage } from './quantize.ts';
export { architectureOf, REFERENCE_NAMES, ringFormer, seq2seqSpec } from './ring-former.ts';
export { type Seq2seqSizeName, seq2seqSize, seq2seqSizeNames } from './sizes.ts';
export { tensorDecoding } from './tensor-decoding.ts';
export { createTranslator, loadTranslator } from './tensor-translator.ts';
export type {
  Alignment,
  BatchOptions,
  Candidate,
  TensorTranslator,
  TextWarning,
  TranslateOptions,
  Translation,
  Translator,
} from './translator.ts';
export { readWeights } from './weights.ts';
