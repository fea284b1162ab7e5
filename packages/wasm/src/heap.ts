import { RingformerError } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';

/** The parts of TensorFlow.js' wasm backend that the kernels use: its heap, and the place of each tensor. */
export type WasmBackend = {
  readonly wasm: {
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    readonly wasmMemory?: WebAssembly.Memory;
  };
  readonly dataIdMap: { get(dataId: object): { memoryOffset: number; refCount: number } };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  disposeData(dataId: object, force?: boolean): boolean;
  incRef(dataId: object): void;
};

/** The wasm backend of TensorFlow.js, if it is the one in use. */
export const wasmBackend = () => tf.backend() as unknown as WasmBackend;

/** The exports of src/assembly. Pointers are byte offsets into the heap; see there for each. */
export type Kernels = {
  gemmScratch(n: number, k: number): number;
  matMul(
    ...args: [
      ...a: [pointer: number, next: number, transpose: boolean],
      ...b: [pointer: number, next: number, transpose: boolean],
      ...c: [pointer: number, batch: number, m: number, n: number, k: number, bias: number, scratch: number],
    ]
  ): void;
  rankProduct(
    ...args: [
      ...a: [pointer: number, row: number, column: number],
      ...b: [pointer: number, row: number],
      ...c: [pointer: number, row: number, m: number, n: number, k: number, scale: number, bias: number, add: boolean],
    ]
  ): void;
  layerNorm(
    ...args: [
      ...pointers: [x: number, residual: number, weight: number, bias: number, y: number, stats: number],
      ...sizes: [rows: number, d: number, epsilon: number],
      ...Dropout,
    ]
  ): void;
  layerNormGrad(
    ...args: [
      ...from: [dy: number, x: number, residual: number, weight: number, stats: number],
      ...to: [dx: number, dResidual: number, dWeight: number, dBias: number, rows: number, d: number],
      ...Dropout,
    ]
  ): void;
  gelu(...args: [x: number, y: number, size: number, ...Dropout, scratch: number]): void;
  geluGrad(...args: [dy: number, x: number, dx: number, size: number, ...Dropout, scratch: number]): void;
  dropout(...args: [x: number, y: number, size: number, ...Dropout]): void;
  attention(
    ...args: [
      ...pointers: [query: number, key: number, value: number, bias: number, out: number, weights: number],
      ...AttentionSizes,
      causal: boolean,
      scale: number,
    ]
  ): void;
  attentionGrad(
    ...args: [
      ...from: [dy: number, query: number, key: number, value: number, weights: number],
      ...to: [dQuery: number, dKey: number, dValue: number],
      ...AttentionSizes,
      scale: number,
      scratch: number,
    ]
  ): void;
  crossEntropy(
    ...args: [
      ...pointers: [logits: number, labels: number, losses: number, logSumExp: number],
      ...sizes: [rows: number, v: number, smoothing: number, ignore: number],
    ]
  ): void;
  crossEntropyGrad(
    ...args: [
      ...pointers: [dy: number, logits: number, labels: number, logSumExp: number, dLogits: number],
      ...sizes: [rows: number, v: number, smoothing: number, ignore: number],
    ]
  ): void;
  adam(
    ...args: [
      ...from: [param: number, grad: number, m: number, v: number],
      ...to: [param: number, m: number, v: number, size: number, lr: number],
      ...betas: [beta1: number, gain1: number, beta2: number, gain2: number, epsilon: number, decay: number],
      ...rest: [l2: number, gradScale: number, correction1: number, correction2: number],
    ]
  ): void;
  gatherRows(x: number, ids: number, out: number, count: number, width: number, rows: number): number;
  copyBlocks(from: number, fromStep: number, to: number, toStep: number, bytes: number, count: number): void;
  segmentSum(x: number, ids: number, out: number, rows: number, width: number, segments: number): void;
  /** Native only: out[i] = a[i mod aSize] ∘ b[i mod bSize], ∘ one of arithmetic.ts' operations. */
  arithmetic?(operation: number, a: number, aSize: number, b: number, bSize: number, out: number): void;
  /** Native only: out[i] = Σ_j x[i, j]. */
  sumRows?(x: number, out: number, rows: number, width: number): void;
};

type Dropout = [seed: number, threshold: number, scale: number];
type AttentionSizes = [b: number, n: number, m: number, heads: number, width: number];

/** A backend with our kernels on its heap. */
export type Heap = {
  readonly backend: WasmBackend;
  readonly kernels: Kernels;
  readonly relaxedSimd: boolean;
  /** Whether some of them are those of @ringformer/native. */
  readonly native: boolean;
  /** The address of a tensor's numbers. */
  at(tensor: tf.TensorInfo): number;
  /** A new tensor, not cleared, and its address. */
  make(shape: readonly number[], dtype?: tf.DataType): tf.TensorInfo;
  /** At least `bytes` of working space, aligned to 16; valid until the next call. */
  scratch(bytes: number): number;
};

export function makeHeap(
  backend: WasmBackend,
  { kernels, relaxedSimd, native }: Pick<Heap, 'kernels' | 'relaxedSimd' | 'native'>,
): Heap {
  let held = 0;
  let size = 0;
  return {
    backend,
    kernels,
    relaxedSimd,
    native,
    at: ({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset,
    make: (shape, dtype = 'float32') => backend.makeOutput(shape, dtype),
    scratch(bytes) {
      if (bytes > size) {
        if (held) backend.wasm._free(held);
        held = size = 0;
        held = backend.wasm._malloc(bytes + 16) >>> 0;
        size = bytes;
      }
      return ((held + 15) & ~15) >>> 0;
    },
  };
}

/**
 * Makes the backend's allocator throw when memory is exhausted. Otherwise it returns 0, or the size overflows 32 bits, and
 * results are silently wrong.
 */
export function guardMemory(backend: WasmBackend): void {
  // the first call of Emscripten's stub replaces it with the real function, which would undo ours
  if (backend.wasm.asm) backend.wasm._free(backend.wasm._malloc(8));
  const malloc = backend.wasm._malloc;
  backend.wasm._malloc = (bytes) => {
    const pointer = bytes < 2 ** 32 ? malloc(bytes) : 0;
    if (pointer === 0 && bytes > 0) {
      const held = Math.round(backend.wasm.HEAPU8.length / 2 ** 20);
      throw new RingformerError(
        'out-of-memory',
        `[ringformer/wasm] Out of memory: cannot allocate ${bytes} bytes; the heap holds ${held} MiB and can grow to 4096. ` +
          'Use smaller batches, shorter sentences or a smaller model, and dispose of tensors.',
      );
    }
    return pointer;
  };
}

/** Another tensor of the same numbers, made like the stock Reshape; undefined for strings, which are not on the heap. */
export function alias({ backend }: Heap, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo | undefined {
  if (dtype === 'string') return undefined;
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}
