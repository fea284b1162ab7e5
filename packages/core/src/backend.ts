import type { FusedEngine } from './fused.ts';

/** How reading can be watched and stopped. `total` is missing where a server does not state it. */
export type ReadOptions = {
  signal?: AbortSignal;
  onProgress?: (bytes: { loaded: number; total?: number }) => void;
};

/** What a model needs from the place it runs on, besides the tensors themselves. */
export type Backend = {
  readonly name: 'cuda' | 'tensorflow' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';
  /** True only where every gradient kernel that training needs exists. */
  readonly trains: boolean;
  /** Inference by whole passes in one call, where the backend has it. */
  readonly fused?: FusedEngine;
  /** Reads a file (Node: a path or `file:` URL) or an address (`http:`, `https:`, `data:`). */
  readBytes(from: string | URL, options?: ReadOptions): Promise<Uint8Array>;
};
