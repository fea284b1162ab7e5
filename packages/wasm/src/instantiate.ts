/** Instantiates one of our programs over `memory`. → its exports; src/assembly declares their types */
export async function instantiate<Exports>(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Exports> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as unknown as Exports;
}
