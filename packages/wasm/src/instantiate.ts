import { RingformerError } from '@ringformer/core/base';

/**
 * Compiles one of our programs.
 * @throws RingformerError 'no-backend' if the runtime refuses, as browsers do if the page's policy does not allow WebAssembly.
 */
export async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new RingformerError(
      'no-backend',
      `[ringformer/wasm] WebAssembly was not compiled: ${(cause as Error).message}. If that is the page's Content Security Policy, add 'wasm-unsafe-eval' to its script-src.`,
      { cause },
    );
  }
}

/** Instantiates one of our programs over `memory`. → its exports; src/assembly declares their types */
export async function instantiate<Exports>(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Exports> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as unknown as Exports;
}
