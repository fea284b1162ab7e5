export {
  type Added,
  type Attention,
  attend,
  extend,
  type KeyValue,
  keyValue,
  type Look,
  paddingBias,
  scaledDotProduct,
} from './attention.ts';
export type { Backend, ReadOptions } from './backend.ts';
export { rawToTensors, treeToRaw } from './checkpoint.ts';
export { type ErrorCode, isRingformerError, RingformerError } from './errors.ts';
export type {
  Decoding,
  EngineSeq2seq,
  EngineVision,
  FusedDecoding,
  FusedEngine,
  FusedOptions,
  FusedSeq2seq,
  FusedSeq2seqConfig,
  FusedVision,
  FusedVisionConfig,
  InferenceEngine,
  Levels,
  OpenOptions,
  Precision,
  Seq2seqGraphs,
  Top,
} from './fused.ts';
export { valueAndGrads } from './gradients.ts';
export { floatToHalf, halfToFloat } from './half.ts';
export { fitTree, initTree } from './init.ts';
export { type FusedKernels, hasKernel } from './kernels.ts';
export { crossEntropy, type LossOptions, tokenLosses } from './loss.ts';
export { MASKED } from './mask.ts';
export { exportNames, importNames, type NameTable } from './names.ts';
export {
  type Dropout,
  dropout,
  type FeedForward,
  feedForward,
  gelu,
  type Linear,
  layerNorm,
  linear,
  logSoftmax,
  type Norm,
  project,
} from './nn.ts';
export {
  type AdamOptions,
  type AdamState,
  adamUpdate,
  averageTrees,
  clipScale,
  cosine,
  globalNorm,
  initAdam,
  inverseSquareRoot,
  type Schedule,
  warmupStableDecay,
} from './optimizer.ts';
export { pause } from './pause.ts';
export { sinusoidalPositions } from './positions.ts';
export { deriveSeed, dropoutMask, mix32, randomNormal, randomUniform } from './random.ts';
export { ring } from './ring.ts';
export {
  type Dtype,
  type Raw,
  readSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from './safetensors.ts';
export {
  countSpec,
  flattenSpec,
  type Init,
  misfits,
  normal,
  ones,
  type Spec,
  type SpecOf,
  type SpecTree,
  uniform,
  zeros,
} from './spec.ts';
export { readTrainState, type StoredState, writeTrainState } from './train-state.ts';
export {
  type Compute,
  type Cursor,
  computeHere,
  type Gradient,
  type History,
  type Reading,
  type StepOptions,
  type StepReport,
  type TrainOptions,
  type TrainState,
  type TrainTask,
  train,
  trainStep,
  type Work,
} from './trainer.ts';
export {
  countParams,
  disposeTree,
  flatten,
  keepTree,
  leaves,
  mapTree,
  packTree,
  refill,
  type Tree,
  unpackTree,
  unstackTree,
} from './tree.ts';
