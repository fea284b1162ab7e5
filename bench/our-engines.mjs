import { findNative } from '../packages/native/dist/index.js';
import { startEngine } from '../packages/wasm/dist/engine.js';

/** Our engine as it is used here, and on WebAssembly only if native kernels are in use. */
export async function startEngines() {
  const { engine: webAssembly } = await startEngine({ native: false });
  if (!findNative().addon) return { WebAssembly: webAssembly };
  return { native: (await startEngine()).engine, WebAssembly: webAssembly };
}
