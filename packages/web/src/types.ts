import type { Backend } from '@ringformer/core';
import type { WasmOptions } from '@ringformer/wasm';
import type { SelfTestReport } from './self-test.ts';

export type WebBackendName = 'webgpu' | 'webgl' | 'wasm';

/** Why a preferred backend was skipped, or is used with reservations. */
export type WebWarning = {
  readonly backend: WebBackendName;
  /**
   * - 'unavailable': the browser lacks the interface or refuses it, or a package is missing;
   * - 'software': the processor does the GPU's work, more slowly than wasm;
   * - 'wrong-results': the self-test failed; `report` says where and by how much.
   */
  readonly code: 'unavailable' | 'software' | 'wrong-results';
  readonly message: string;
  /** The backend that is tried next; absent if this one is used anyway. */
  readonly next?: WebBackendName;
  readonly report?: SelfTestReport;
};

export type WebOptions = {
  /**
   * The backends to try, in this order. Default: wasm, webgpu, webgl; with `training`: webgpu, webgl, wasm.
   * Only those that are tried are loaded.
   */
  readonly prefer?: readonly WebBackendName[];
  /** Whether the page will train; this decides the default of `prefer`. */
  readonly training?: boolean;
  /** Accepts WebGPU and WebGL even if a software renderer replaces the GPU. Default: only as the last choice. */
  readonly software?: boolean;
  /** Passed to `startWasm` if wasm is tried. */
  readonly wasm?: WasmOptions;
  /** Called for each backend that is skipped, and for a slow one that is used. Default: `console.warn`. */
  readonly onWarning?: (warning: WebWarning) => void;
};

/** The backend that a page computes on, and whether it still works. */
export type WebBackend = Backend & {
  readonly name: WebBackendName;
  /** What the self-test measured when the backend started. */
  readonly selfTest: SelfTestReport;
  /** Name of the GPU, if the browser reveals it. */
  readonly device?: string;
  /** True once the GPU's context is lost: tensors are gone, and WebGL returns zeros from now on. */
  isLost(): boolean;
  /** Settles with the reason when the context is lost; never on wasm. */
  readonly lost: Promise<string>;
};
