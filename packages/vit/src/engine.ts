// Image classification without TensorFlow.js: `@ringformer/vit/engine`.
export { tokenCount, type VitConfig, vitConfig } from './config.ts';
export type { EngineVision, VisionEngine } from './inference.ts';
