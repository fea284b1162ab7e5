import { type Backend, RingformerError } from '@ringformer/core';
import { fetchBytes } from '@ringformer/core/base';
import * as tf from '@tensorflow/tfjs-core';
import { splitLargeTables } from './large-tables.ts';
import type { WebBackendName, WebOptions } from './types.ts';

/**
 * Loads a backend's package and makes TensorFlow.js use it.
 * @throws RingformerError 'no-backend' that says what is missing and what to do.
 */
export const CANDIDATES: Record<WebBackendName, (options: WebOptions) => Promise<Backend>> = {
  async wasm({ wasm }) {
    const { startWasm } = await load('@ringformer/wasm', () => import('@ringformer/wasm'));
    return startWasm(wasm);
  },

  async webgl() {
    const name = '@tensorflow/tfjs-backend-webgl';
    await load(name, () => import('@tensorflow/tfjs-backend-webgl'));
    tf.env().set('SOFTWARE_WEBGL_ENABLED', true); // startWeb itself decides about software renderers, with a warning
    if (!tf.findBackendFactory('webgl') || tf.env().getNumber('WEBGL_VERSION') === 0) {
      throw missing('the browser provides no WebGL context. Turn on hardware acceleration, or use another backend.');
    }
    await take('webgl');
    splitLargeTables();
    return graphics('webgl');
  },

  async webgpu() {
    const gpu = (globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined)?.gpu;
    if (!gpu) {
      const why =
        globalThis.isSecureContext === false ? ' on pages that are not served over https or from localhost' : '';
      throw missing(`navigator.gpu is missing${why}. Chrome 113, Edge 113 and Safari 26 have it.`);
    }
    if (!(await gpu.requestAdapter())) throw missing('the browser has no WebGPU adapter for this GPU.');
    await load('@tensorflow/tfjs-backend-webgpu', () => import('@tensorflow/tfjs-backend-webgpu'));
    await take('webgpu');
    return graphics('webgpu');
  },
};

async function graphics(name: 'webgl' | 'webgpu'): Promise<Backend> {
  const { registerGradients } = await import('@ringformer/core/gradients');
  registerGradients();
  return { name, trains: true, readBytes: fetchBytes };
}

async function take(name: string): Promise<void> {
  const taken = await tf.setBackend(name).catch((cause: unknown) => {
    throw missing(`TensorFlow.js could not start it: ${(cause as Error).message}`, cause);
  });
  if (!taken) throw missing('TensorFlow.js could not start it; the console says why.');
  await tf.ready();
}

/**
 * Removes a backend from TensorFlow.js, so that the next start creates it again. Tensors still on it can only be disposed
 * of.
 */
export function discard(name: WebBackendName): void {
  const factory = tf.findBackendFactory(name);
  if (!factory) return;
  tf.removeBackend(name);
  tf.registerBackend(name, factory);
}

async function load<Module>(name: string, module: () => Promise<Module>): Promise<Module> {
  try {
    return await module();
  } catch (cause) {
    throw missing(
      `${name} could not be loaded: ${(cause as Error).message} Install it (npm install ${name}), and make sure that its script is served.`,
      cause,
    );
  }
}

function missing(why: string, cause?: unknown): RingformerError {
  return new RingformerError('no-backend', why, { cause });
}
