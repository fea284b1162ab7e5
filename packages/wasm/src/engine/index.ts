// The WebAssembly engine, without TensorFlow.js: `@ringformer/wasm/engine`.
import { readBytes } from '@ringformer/core/read';
import { compileEngine } from './programs.ts';
import { wasmEngine } from './start.ts';

import type { WasmEngineBackend } from './types.ts';

export { enableRelaxedSimd } from '#platform';
export type { WasmDecoding, WasmEngine, WasmEngineBackend, WasmSeq2seq, WasmVision } from './types.ts';

export type StartEngineOptions = {
  /** 'auto' (the default): multiply-add with one rounding if the machine supports it. false: the same results everywhere. */
  readonly relaxedSimd?: 'auto' | false;
};

/**
 * Inference without TensorFlow.js: whole passes of the ring in one call into WebAssembly.
 * @throws RingformerError 'no-backend' if WebAssembly SIMD is missing.
 */
export async function startEngine({ relaxedSimd = 'auto' }: StartEngineOptions = {}): Promise<WasmEngineBackend> {
  const programs = await compileEngine(relaxedSimd);
  return { name: 'wasm', readBytes, engine: wasmEngine(async () => programs) };
}
