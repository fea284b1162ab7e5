export { enableRelaxedSimd } from '#platform';
export { startWasm, usesRelaxedSimd, type WasmOptions } from './start.ts';
