export { enableRelaxedSimd, enableWideVectors, type WideVectors } from '#platform';
export { startWasm, usesRelaxedSimd, type WasmOptions } from './start.ts';
