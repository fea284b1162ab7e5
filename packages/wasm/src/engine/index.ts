// The WebAssembly engine, without TensorFlow.js: `@ringformer/wasm/engine`.
import { readBytes } from '@ringformer/core/read';
import { findPrograms, type ProgramOptions, wasmEngine } from './start.ts';

import type { WasmEngineBackend } from './types.ts';

export { enableRelaxedSimd, enableWideVectors, type WideVectors } from '#platform';
export type { WasmDecoding, WasmEngine, WasmEngineBackend, WasmSeq2seq, WasmVision } from './types.ts';

export type StartEngineOptions = ProgramOptions;

/**
 * Inference without TensorFlow.js: whole passes of the ring in one call into WebAssembly.
 * @throws RingformerError 'no-backend' if WebAssembly SIMD is missing.
 */
export async function startEngine(options: StartEngineOptions = {}): Promise<WasmEngineBackend> {
  const programs = await findPrograms(options);
  return { name: 'wasm', readBytes, engine: wasmEngine(async () => programs) };
}
