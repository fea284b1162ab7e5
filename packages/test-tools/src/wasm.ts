/** The wasm backend, for tests of packages that wasm itself builds on: turbo refuses packages that depend on each other. */
export { startWasm } from '@ringformer/wasm';
export { enableRelaxedSimd, startEngine, type WasmEngine, type WasmSeq2seq } from '@ringformer/wasm/engine';
