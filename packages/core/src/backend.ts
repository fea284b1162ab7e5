import type { InferenceEngine } from './engine.ts';

/** How to watch and stop a read. `total` is missing if a server does not state it. */
export type ReadOptions = {
  signal?: AbortSignal;
  onProgress?: (bytes: { loaded: number; total?: number }) => void;
};

/** Reads a file (Node: a path or `file:` URL) or an address (`http:`, `https:`, `data:`). */
export type ReadBytes = (from: string | URL, options?: ReadOptions) => Promise<Uint8Array>;

/** What a model needs from the backend it runs on, besides the tensors themselves. */
export type Backend = {
  readonly name: 'cuda' | 'tensorflow' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';
  /** True only if every gradient kernel that training needs exists. */
  readonly trains: boolean;
  /** Computes whole inference passes in one call, if the backend has such an engine. */
  readonly engine?: InferenceEngine;
  readonly readBytes: ReadBytes;
};

/** What loading a model needs from a backend: a `Backend`, or one that has only an engine `Engine`. */
export type ModelBackend<Engine extends InferenceEngine = InferenceEngine> = {
  readonly name: string;
  readonly engine?: Engine;
  readonly readBytes: ReadBytes;
};

/** A backend that runs models on its engine, without TensorFlow.js. */
export type EngineBackend<Engine extends InferenceEngine = InferenceEngine> = Required<ModelBackend<Engine>>;
