import type { Backend } from '@ringformer/core';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { startWeb, type WebBackend, type WebBackendName } from '../src/index.ts';

const FORWARDING = { webgl: 'WEBGL_CPU_FORWARD', webgpu: 'WEBGPU_CPU_FORWARD', wasm: undefined };

/** Starts one backend, even on a software renderer. Small tensors go through the GPU too. */
export function startHere<Name extends WebBackendName>(name: Name): () => Promise<WebBackend & Backend> {
  return async () => {
    const backend = await startWeb({
      prefer: [name],
      software: true,
      wasm: { wasmPaths: { 'tfjs-backend-wasm-simd.wasm': simd } },
    });
    const flag = FORWARDING[name];
    if (flag) tf.env().set(flag, false);
    return backend;
  };
}
