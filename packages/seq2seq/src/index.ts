export { type BeamOptions, beamSearch } from './beam.ts';
export { loadSeq2seq, readConfig, saveSeq2seq, writeConfig } from './checkpoint.ts';
export { checkConfig, type Seq2seqConfig, seq2seqConfig } from './config.ts';
export { decode, type Past } from './decoder.ts';
export { encode, type Memory } from './encoder.ts';
export { type GreedyOptions, greedySearch, type Hypothesis } from './greedy.ts';
export { exportReference, importReference, REFERENCE_NAMES } from './names.ts';
export {
  type DecoderLevel,
  type DecoderParams,
  type EncoderLevel,
  type EncoderParams,
  type FeedForward,
  initSeq2seq,
  type Seq2seq,
  type Seq2seqParams,
  seq2seqSpec,
} from './params.ts';
export type { Pass } from './pass.ts';
export { type DecoderState, decoderStepper, type Stepper } from './stepper.ts';
export {
  type BatchOptions,
  createTranslator,
  loadTranslator,
  type ModelFiles,
  type TranslateOptions,
  type Translator,
} from './translator.ts';
