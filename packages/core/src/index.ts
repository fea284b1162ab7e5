// The whole package; whatever needs no tensors comes from base.ts.

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
export * from './base.ts';
export { rawToTensors, treeToRaw } from './checkpoint.ts';
export { valueAndGrads } from './gradients.ts';
export { fitTree, initTree } from './init.ts';
export { crossEntropy, type LossOptions, tokenLosses } from './loss.ts';
export { muonUpdate } from './muon.ts';
export {
  addBias,
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
  linearDecay,
  type Schedule,
  type UpdateOptions,
  warmupStableDecay,
} from './optimizer.ts';
export { partsOfLevels, type Slices, sliceLevels } from './parts.ts';
export { dropoutMask } from './random.ts';
export { drawDepths } from './random-depth.ts';
export { ring } from './ring.ts';
export { changedSettings, UPDATE_DEFAULTS, type UpdateSettings, updateOptions } from './train-settings.ts';
export {
  type Also,
  beginTraining,
  readTrainState,
  resumeTraining,
  type StoredState,
  type TrainStart,
  writeTrainState,
} from './train-state.ts';
export {
  type Compute,
  type Cursor,
  computeHere,
  disposeState,
  type Gradient,
  type History,
  type OptimizerName,
  type Ranks,
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
  leaves,
  mapTree,
  packTree,
  refill,
  type Tree,
  unpackTree,
  unstackTree,
} from './tree.ts';
