/** The wasm backend, for tests of packages that wasm itself builds on: turbo refuses packages that depend on each other. */

import { findNative } from '@ringformer/native';

export { startWasm } from '@ringformer/wasm';
export { enableRelaxedSimd, startEngine, type WasmEngine, type WasmSeq2seq } from '@ringformer/wasm/engine';

/** For tests of the engine on WebAssembly, and on native kernels if there are any here: the option `native` of `startEngine`. */
export const NATIVE: readonly ('auto' | false)[] = findNative().addon ? [false, 'auto'] : [false];
