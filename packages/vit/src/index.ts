export {
  checkLayout,
  type FixedTable,
  type LevelParts,
  type Vit,
  type VitArchitecture,
  type VitLayout,
} from './architecture.ts';
export { initVit, loadVit, readVitWeights, saveVit } from './checkpoint.ts';
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
export { checkVitConfig, readVitConfig, tokenCount, type VitConfig, vitConfig, writeVitConfig } from './config.ts';
export { classLogits, encodeImages, type VitPass } from './encode.ts';
export type { EngineVision, VisionEngine } from './inference.ts';
export { exportVitReference, importVitReference, isVitReference } from './names.ts';
export type { AnyVitParams, VitLevel, VitParams } from './params.ts';
export { ringVit, vitArchitecture } from './ring.ts';
export { vitRingLayout, vitSpec } from './ring-layout.ts';
export { type SizeName, sizeNames, vitSize } from './sizes.ts';
