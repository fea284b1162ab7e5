export { type AttentionMap, attentionDistance, keptMass, rollout, rolloutMask, tokenDistance } from './attention.ts';
export { type CkaCollector, type CkaOptions, cka, ckaCollector, referenceCka, type TokenFeatures } from './cka.ts';
export {
  type CompareOptions,
  compareTranslation,
  compareVision,
  referenceTranslationCka,
  type TranslationCka,
} from './compare.ts';
export { type Counted, countOperations } from './cost/count.ts';
export { countParameters, type ParameterCount } from './cost/parameters.ts';
export type { PassCost, Product } from './cost/products.ts';
export { type ReferenceCount, referenceVisionCount } from './cost/reference.ts';
export { cacheSize, type TranslationModel, type TranslationPass, translationCost } from './cost/translation.ts';
export { type VisionModel, type VisionPass, visionCost } from './cost/vision.ts';
export {
  type AnswersByDepth,
  type DepthQuality,
  type ExitQuality,
  earlyExit,
  exitCurve,
  imageAnswers,
  qualityByDepth,
  tokenAnswers,
} from './depth.ts';
export { hsic0, hsic1 } from './hsic.ts';
export { type Gram, linearGram, type Rows, rbfGram } from './rows.ts';
export { type LevelSimilarity, signalSimilarity, similarMaps } from './signals.ts';
export {
  type IdPair,
  type ImageToken,
  realTokens,
  type TranslationStates,
  translationStates,
  visionStates,
} from './states.ts';
