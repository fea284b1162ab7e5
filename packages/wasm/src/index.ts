export { enableRelaxedSimd } from '#platform';
export { registerGradients } from './gradients.ts';
export { startWasm, usesRelaxedSimd, type WasmOptions } from './start.ts';
