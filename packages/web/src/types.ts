import type { Backend } from '@ringformer/core';
import type { WasmOptions } from '@ringformer/wasm';
import type { SelfTestReport } from './self-test.ts';

export type WebBackendName = 'webgpu' | 'webgl' | 'wasm';

/** Why a preferred backend was not taken, or not as one would wish. */
export type WebWarning = {
  readonly backend: WebBackendName;
  /**
   * - 'unavailable': the browser has no such interface, refuses it, or a package is missing;
   * - 'software': the processor computes what a GPU should, more slowly than wasm;
   * - 'wrong-results': the self-test failed: `report` says where and by how much.
   */
  readonly code: 'unavailable' | 'software' | 'wrong-results';
  readonly message: string;
  /** The backend that is tried next; absent where this one is taken nevertheless. */
  readonly next?: WebBackendName;
  readonly report?: SelfTestReport;
};

export type WebOptions = {
  /**
   * Backends in the order in which they are tried. Default: wasm, webgpu, webgl; with `training` webgpu, webgl, wasm.
   * Only those that are tried are loaded.
   */
  readonly prefer?: readonly WebBackendName[];
  /** Whether the page will train; chooses the default of `prefer`. */
  readonly training?: boolean;
  /** Takes WebGPU and WebGL also where a software renderer stands in for the GPU. Default: only as the last choice. */
  readonly software?: boolean;
  /** Passed to `startWasm`, where wasm is chosen. */
  readonly wasm?: WasmOptions;
  /** Hears of each backend that is passed over, and of a slow one that is taken. Default: `console.warn`. */
  readonly onWarning?: (warning: WebWarning) => void;
};

/** What a page computes on, and whether it still can. */
export type WebBackend = Backend & {
  readonly name: WebBackendName;
  /** What the self-test measured as the backend started. */
  readonly selfTest: SelfTestReport;
  /** Name of the GPU, as far as the browser tells. */
  readonly device?: string;
  /** True once the GPU's context is lost: tensors are gone, and WebGL would answer with zeros from now on. */
  isLost(): boolean;
  /** Settles with the reason when the context is lost; never on wasm. */
  readonly lost: Promise<string>;
};
