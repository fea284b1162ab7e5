// Translation without TensorFlow.js: `@ringformer/seq2seq/fused`.
export { type BeamOptions, beamSearch } from './beam.ts';
export { checkConfig, type Seq2seqConfig, seq2seqConfig } from './config.ts';
export { readConfig, writeConfig } from './config-file.ts';
export { type GreedyOptions, greedySearch, type Hypothesis } from './greedy.ts';
export type { AttentionMap, Inspection, SignalStrength } from './inspect.ts';
export { type EngineBackend, type EngineOptions, loadFused as loadTranslator } from './load-fused.ts';
export type { GraphFiles, ModelFiles } from './model-files.ts';
export { exportReference, importReference } from './names.ts';
export { quantizeSeq2seq, type Storage } from './quantize.ts';
export { REFERENCE_NAMES, seq2seqSpec } from './ring-layout.ts';
export type { BatchOptions, TranslateOptions, Translator } from './translator.ts';
export { readWeights } from './weights.ts';
