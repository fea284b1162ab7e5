// Everything that works without tensors, and so without TensorFlow.js: `@ringformer/core/base`.
export { checkChoice, checkOptions, checkWhole, isRecord, kindOf, saidOf } from './arguments.ts';
export type { Backend, EngineBackend, ModelBackend, ReadBytes, ReadOptions } from './backend.ts';
export {
  type ConfigCheck,
  type ConfigFormat,
  checkGiven,
  checkingConfig,
  readConfigFile,
  writeConfigFile,
} from './config-file.ts';
export { dataOf, decodeBase64, decoding, isData } from './data-url.ts';
export type { EngineOptions, InferenceEngine, Precision } from './engine.ts';
export { type ErrorCode, isRingformerError, RingformerError, reasonOf } from './errors.ts';
export { fetchBytes } from './fetch.ts';
export { floatToBfloat, floatToHalf, halfToFloat } from './half.ts';
export {
  affineNames,
  at,
  checkLayout,
  checkTable,
  distinctPlaces,
  type FixedTable,
  type Layers,
  type Layout,
  layersOf,
  levelTable,
  type Place,
  signalNames,
  within,
} from './layout.ts';
export { lifetime } from './lifetime.ts';
export {
  architectureFor,
  beginLoading,
  chooseEngine,
  type FilePlace,
  type LoaderOptions,
  locateFiles,
  noEngine,
  noGraphs,
} from './loading.ts';
export { MASKED } from './mask.ts';
export { mistakenFor } from './mistaken.ts';
export { exportNames, importNames, type NameTable } from './names.ts';
export { nearest } from './nearest.ts';
export { pause } from './pause.ts';
export { levelWaves, sinusoidalPositions } from './positions.ts';
export { product } from './product.ts';
export { type Channels, checkScale, dequantize, quantizeInt8 } from './quantize.ts';
export { deriveSeed, mix32, randomNormal, randomUniform, shuffle } from './random.ts';
export { type Dtype, type Raw, readSafetensors, type SafetensorsFile, writeSafetensors } from './safetensors.ts';
export { checkEntry, checkSpans, readHeader, type Span } from './safetensors-header.ts';
export {
  checkRaw,
  countSpec,
  flattenSpec,
  type Init,
  misfits,
  normal,
  ones,
  type Spec,
  type SpecOf,
  type SpecTree,
  type TreeOf,
  uniform,
  zeros,
} from './spec.ts';
export { threadArgs } from './thread-args.ts';
export { codeOf, whyNot } from './why-not.ts';
