// The WebAssembly engine, without TensorFlow.js: `@ringformer/wasm/engine`.
import { checkOptions } from '@ringformer/core/base';
import { readBytes } from '@ringformer/core/read';
import { checkPrograms, findPrograms, type ProgramOptions, wasmEngine } from './start.ts';
import type { WasmEngineBackend } from './types.ts';

export { enableRelaxedSimd, enableWideVectors, type WideVectors } from '#platform';
export type { WasmDecoding, WasmEngine, WasmEngineBackend, WasmSeq2seq, WasmVision } from './types.ts';

export type StartEngineOptions = ProgramOptions;

/**
 * Inference without TensorFlow.js: whole passes of the ring in one call into WebAssembly.
 * @throws RingformerError 'no-backend' if WebAssembly SIMD is missing; 'bad-argument'.
 */
export async function startEngine(options: StartEngineOptions = {}): Promise<WasmEngineBackend> {
  const where = '[ringformer/wasm] startEngine';
  checkOptions(where, options, ['relaxedSimd', 'native'] satisfies readonly (keyof StartEngineOptions)[]);
  checkPrograms(where, options);
  const programs = await findPrograms(options);
  return { name: 'wasm', readBytes, engine: wasmEngine(async () => programs) };
}
