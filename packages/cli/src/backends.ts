import { setFlagsFromString } from 'node:v8';
import { type Backend, isRingformerError, RingformerError, reasonOf } from '@ringformer/core/base';
import type { OnnxBackend } from '@ringformer/onnx/run';
import type { WasmEngineBackend } from '@ringformer/wasm/engine';
import type { BACKENDS } from './flags.ts';
import { RELAXED_SIMD, supports } from './simd.ts';

export type BackendName = (typeof BACKENDS)[number];

/**
 * Starts the backend and makes it the current one of TensorFlow.js. `threads` share the work of native kernels: by default as
 * many as the machine has.
 * @throws RingformerError 'no-backend' that says why it cannot start; a slower one never takes its place.
 */
export async function startBackend(name: BackendName, { threads }: { threads?: number } = {}): Promise<Backend> {
  if (name === 'cpu') return (await import('./cpu-backend.ts')).startCpu();
  if (name === 'wasm') return startWasmBackend(threads);
  return (await import('@ringformer/node-gpu')).startNodeGpu({ prefer: name });
}

function startWasmBackend(threads: number | undefined): Promise<Backend> {
  return started(async () => {
    const { enableWideVectors, startWasm } = await import('@ringformer/wasm');
    enableWideVectors();
    return startWasm({ ...(threads && { threads }) });
  });
}

/**
 * Starts whole-pass inference, which needs no TensorFlow.js. `brief`: there is so little to compute that wide vectors
 * would cost more time than they save. @throws RingformerError 'no-backend'
 */
export function startWasmEngine(brief = false): Promise<WasmEngineBackend> {
  return started(async () => {
    const { enableWideVectors, startEngine } = await import('@ringformer/wasm/engine');
    if (!brief) enableWideVectors();
    return startEngine();
  });
}

/** Starts ONNX Runtime if the user has installed it. @throws RingformerError 'no-backend' that says how to install it. */
export async function startOnnxEngine(executionProviders?: readonly string[]): Promise<OnnxBackend> {
  const { startOnnx } = await import('@ringformer/onnx/run');
  return startOnnx({ runtime: 'onnxruntime-node', executionProviders });
}

async function started<T>(start: () => Promise<T>): Promise<T> {
  allowRelaxedSimd();
  try {
    return await start();
  } catch (cause) {
    if (isRingformerError(cause) && cause.code !== 'no-backend') throw cause;
    throw new RingformerError(
      'no-backend',
      `The wasm backend does not start: ${reasonOf(cause)} Run ringformer doctor for details; --backend cpu works everywhere, but slowly.`,
      { cause },
    );
  }
}

/**
 * Switches on relaxed SIMD, which Node 20 has only with a flag; that flag can be set until the first module is compiled.
 * Later versions have it on.
 */
export function allowRelaxedSimd(): void {
  if (!supports(RELAXED_SIMD)) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
