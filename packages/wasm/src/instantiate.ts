import { RingformerError } from '@ringformer/core/base';

const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/**
 * Compiles one of our programs.
 * @throws RingformerError 'no-backend' if the runtime refuses, as browsers do if the page's policy does not allow WebAssembly.
 */
export async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    await WebAssembly.instantiate(EMPTY); // WebKit compiles whatever the policy says, and only refuses this
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    const why = (cause as Error).message.trim().replace(/\.$/, '');
    throw new RingformerError(
      'no-backend',
      `[ringformer/wasm] WebAssembly was not compiled: ${why}. If that is the page's Content Security Policy, add 'wasm-unsafe-eval' to its script-src.`,
      { cause },
    );
  }
}

/** Instantiates one of our programs over `memory`. → its exports; src/assembly declares their types */
export async function instantiate<Exports>(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Exports> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as unknown as Exports;
}
