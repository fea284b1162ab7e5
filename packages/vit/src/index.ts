export {
  type Architecture,
  checkLayout,
  type FixedTable,
  type Layout,
  type LevelParts,
  type Vit,
} from './architecture.ts';
export { initVit, loadVit, saveVit } from './checkpoint.ts';
export type { Classifier, ClassifyOptions, Guess } from './classifier.ts';
export { checkConfig, readConfig, tokenCount, type VitConfig, vitConfig, writeConfig } from './config.ts';
export { classLogits, encodeImages, type Pass } from './encode.ts';
export type { EngineVision, VisionEngine } from './inference.ts';
export type { GraphFiles, LoadOptions, ModelFiles } from './load-classifier.ts';
export { exportReference, importReference, isReference } from './names.ts';
export type { AnyParams, LevelParams, VitParams } from './params.ts';
export { architectureOf, ringFormer } from './ring.ts';
export { ringLayout, vitSpec } from './ring-layout.ts';
export { type SizeName, sizeNames, vitSize } from './sizes.ts';
export { loadClassifier, type TensorClassifier, tensorClassifier } from './tensor-classifier.ts';
export { readWeights } from './weights.ts';
