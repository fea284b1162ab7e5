// Image classification without TensorFlow.js: `@ringformer/vit/engine`.
export type { Classifier, ClassifyOptions, Guess } from './classifier.ts';
export { checkConfig, readConfig, tokenCount, type VitConfig, vitConfig, writeConfig } from './config.ts';
export type { EngineVision, VisionEngine } from './inference.ts';
export type { ImageInspection } from './inspect.ts';
export type { LevelPlaces, LevelPlan } from './level-plan.ts';
export { type GraphFiles, type LoadOptions, loadClassifier, type ModelFiles } from './load-classifier.ts';
export { exportReference, importReference, isReference } from './names.ts';
export { architectureOf, ringFormer, vitSpec } from './ring-former.ts';
export { type SizeName, sizeNames, vitSize } from './sizes.ts';
export { readWeights } from './weights.ts';
