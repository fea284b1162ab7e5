export { enableRelaxedSimd, enableWideVectors, type WideVectors } from '#platform';
export type { Products } from './native.ts';
export { startWasm, usesNative, usesRelaxedSimd, type WasmOptions } from './start.ts';
