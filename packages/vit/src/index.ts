export {
  type Architecture,
  checkLayout,
  type FixedTable,
  type Layout,
  type LevelParts,
  type Vit,
} from './architecture.ts';
export { initVit, loadVit, readWeights, saveVit } from './checkpoint.ts';
export {
  type Classifier,
  type ClassifierFiles,
  type ClassifierGraph,
  type ClassifierOptions,
  type ClassifyOptions,
  type Guess,
  loadClassifier,
  tensorClassifier,
} from './classifier.ts';
export { checkConfig, readConfig, tokenCount, type VitConfig, vitConfig, writeConfig } from './config.ts';
export { classLogits, encodeImages, type Pass } from './encode.ts';
export type { EngineVision, VisionEngine } from './inference.ts';
export { exportReference, importReference, isReference } from './names.ts';
export type { AnyParams, LevelParams, VitParams } from './params.ts';
export { architectureOf, ringFormer } from './ring.ts';
export { ringLayout, vitSpec } from './ring-layout.ts';
export { type SizeName, sizeNames, vitSize } from './sizes.ts';
