export { enableRelaxedSimd, enableWideVectors, type WideVectors } from '#platform';
export type { Products } from './native.ts';
export { startWasm, usesRelaxedSimd, type WasmOptions } from './start.ts';
