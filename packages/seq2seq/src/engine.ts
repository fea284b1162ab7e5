// Translation without TensorFlow.js: `@ringformer/seq2seq/engine`.
export { type BeamOptions, beamSearch } from './beam.ts';
export type { Brake } from './brake.ts';
export { checkConfig, readConfig, type Seq2seqConfig, seq2seqConfig, writeConfig } from './config.ts';
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
export type { AttentionMap, Inspection, SignalStrength, TokenStrength } from './inspect.ts';
export type { DecoderPlaces, EncoderPlaces, LevelPlan } from './level-plan.ts';
export { type LoadOptions, loadTranslator } from './load-translator.ts';
export type { GraphFiles, ModelFiles } from './model-files.ts';
export { exportReference, importReference } from './names.ts';
export { quantizeSeq2seq, type Storage } from './quantize.ts';
export { architectureOf, REFERENCE_NAMES, ringFormer, seq2seqSpec } from './ring-former.ts';
export { type Seq2seqSizeName, seq2seqSize, seq2seqSizeNames } from './sizes.ts';
export type {
  Alignment,
  BatchOptions,
  Candidate,
  TextWarning,
  TranslateOptions,
  Translation,
  Translator,
} from './translator.ts';
export { readWeights } from './weights.ts';
