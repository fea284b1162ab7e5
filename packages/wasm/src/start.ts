import { type Backend, RingformerError } from '@ringformer/core';
import {
  checkChoice,
  checkOptions,
  checkWhole,
  decodeBase64,
  isRecord,
  isRingformerError,
  kindOf,
} from '@ringformer/core/base';
import { registerGradients } from '@ringformer/core/gradients';
import { readBytes } from '@ringformer/core/read';
import * as tf from '@tensorflow/tfjs-core';
import { checkPrograms, findPrograms, wasmEngine } from './engine/start.ts';
import type { WasmEngine } from './engine/types.ts';
import { PLAIN_SIMD, RELAXED_SIMD } from './generated/kernels.ts';
import { guardMemory, type Heap, type Kernels, makeHeap, type WasmBackend, wasmBackend } from './heap.ts';
import { compile, instantiate } from './instantiate.ts';
import { registerKernels } from './kernels.ts';
import {
  checkProducts,
  type NativeKernels,
  type NativeOptions,
  nativeKernels,
  noSuchProducts,
  type Products,
} from './native.ts';
import { placeStock, withStock } from './stock.ts';

export type WasmOptions = {
  /**
   * 'auto' (the default) uses fused multiply–add if the runtime has relaxed SIMD; its rounding differs between machines.
   * false uses plain SIMD and no native kernels, with the same results everywhere.
   */
  relaxedSimd?: 'auto' | false;
  /**
   * Where the .wasm files of @tensorflow/tfjs-backend-wasm are: a folder ending in '/', or an address for each file name.
   * Not needed: Node.js finds them, and pages load the one they need as a script.
   */
  wasmPaths?: string | Record<string, string>;
  /**
   * 'auto' (the default) runs what @ringformer/native has kernels for on those, if it is installed and this processor
   * suits; false keeps to WebAssembly, as does the environment variable RINGFORMER_NATIVE=0.
   */
  native?: 'auto' | false;
  /**
   * Threads that share the work of each native kernel, with the same results whatever their number: by default as many as
   * the machine offers, at most 16. If several workers run side by side, give each its part of them.
   */
  threads?: number;
  /**
   * What matrix products multiply: 'f32' (the default); 'bf16': operands rounded to bfloat16, and sums in f32; or 'f16':
   * operands scaled and rounded to float16, sums of 64 products in it, and their sums in f32, which for numbers of both
   * signs is closer to 'f32' than 'bf16' is. Both take native kernels and a processor with instructions for it; products with 28 rows or 32 columns or
   * fewer stay f32. If the backend is running, its kernels change to what is given here.
   */
  products?: Products;
};

type KernelOptions = NativeOptions & {
  readonly relaxedSimd: boolean;
  readonly native: boolean;
  readonly products?: Products;
};

let started: Heap | undefined;
let opened: NativeKernels | undefined;
let chosen: KernelOptions | undefined;

/** TensorFlow.js' factory of the wasm backend, which it calls again after `tf.engine().reset()`, and ours in its place. */
type Factory = () => Promise<object>;
const ours = new WeakSet<Factory>();
/** Why the last backend did not start: TensorFlow.js logs it, and only says that it failed. */
let refused: unknown;

/**
 * Starts TensorFlow.js on WebAssembly, with this package's kernels and all gradients registered, and makes it the
 * backend that TensorFlow.js uses. Called again, it keeps the running backend (and the kernels it was started with, unless
 * `products` asks for others).
 * @throws RingformerError 'no-backend' if WebAssembly SIMD is missing, the backend does not start, or the machine cannot
 *   compute `products`; 'bad-argument'.
 */
export function startWasm(options: WasmOptions = {}): Promise<WasmStarted> {
  const start = earlier.then(() => startNow(options));
  earlier = start.catch(() => {});
  return start;
}

type WasmStarted = Backend & { readonly engine: WasmEngine };
/** One start after another. */
let earlier: Promise<unknown> = Promise.resolve();

async function startNow(options: WasmOptions): Promise<WasmStarted> {
  check(options);
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(decodeBase64(PLAIN_SIMD))) {
    throw new RingformerError(
      'no-backend',
      '[ringformer/wasm] WebAssembly SIMD is missing here. Use Node 20.19 or newer, or a browser from 2023 or later.',
    );
  }
  const stock = await loadStock();
  // Not tf.findBackend: it would start the backend.
  if (!('wasm' in tf.engine().registry)) {
    placeStock(stock, options.wasmPaths);
    const now = kernelOptions(options);
    const { products = 'f32' } = chosen ?? {};
    chosen = now.native && products !== 'f32' ? { products, ...now } : now; // a reset keeps them
  }
  keepKernels();
  refused = undefined;
  const running = await tf.setBackend('wasm').catch((cause: unknown) => failed(cause));
  if (!running) failed(refused);
  await tf.ready();
  const backend = wasmBackend();
  registerGradients();
  if (started?.backend !== backend) {
    // it was started without us
    guardMemory(backend);
    await useKernels(backend, kernelOptions(options));
  } else if (chosen && options.products && options.products !== (chosen.products ?? 'f32')) {
    await changeProducts(started, chosen, options.products);
  }
  return { name: 'wasm', trains: true, engine: wasmEngine(() => findPrograms(options)), readBytes };
}

function kernelOptions({ relaxedSimd: allowed, native = 'auto', threads, products }: WasmOptions): KernelOptions {
  return {
    relaxedSimd: allowed !== false && hasRelaxedSimd(),
    native: allowed !== false && native !== false,
    ...(threads && { threads }),
    ...(products && { products }),
  };
}

/**
 * Makes TensorFlow.js start every wasm backend with our kernels: also the one that it makes after `tf.engine().reset()`, whose
 * heap is a new one. Its registry has no other way in that leaves a running backend alone.
 */
function keepKernels(): void {
  const { registryFactory } = tf.engine() as unknown as { registryFactory: { wasm?: { factory: Factory } } };
  const registered = registryFactory.wasm; // unless it was removed, which setBackend reports
  if (!registered || ours.has(registered.factory)) return;
  const { factory: stock } = registered;
  const factory: Factory = async () => {
    // In isolated pages it would start threads, which gain nothing here and whose heap could not be shared with the kernels.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    try {
      const options = chosen ?? kernelOptions({});
      await compileKernels(options.relaxedSimd); // first: TensorFlow.js never ends if it may not compile
      const backend = (await withStock(stock)) as WasmBackend;
      guardMemory(backend);
      await useKernels(backend, options);
      return backend;
    } catch (error) {
      refused = error;
      throw error;
    }
  };
  ours.add(factory);
  registered.factory = factory;
}

/** @throws RingformerError 'bad-argument' */
function check(options: WasmOptions): void {
  const where = '[ringformer/wasm] startWasm';
  checkOptions(where, options, [
    'relaxedSimd',
    'wasmPaths',
    'native',
    'threads',
    'products',
  ] satisfies readonly (keyof WasmOptions)[]);
  checkPrograms(where, options);
  const { wasmPaths = '', threads = 1, products = 'f32' } = options;
  checkWhole(`${where}:`, 'threads', threads, 1);
  checkChoice(where, 'products', products, ['f32', 'bf16', 'f16']);
  if (typeof wasmPaths !== 'string' && !isRecord(wasmPaths)) {
    throw new RingformerError(
      'bad-argument',
      `${where}: wasmPaths is ${kindOf(wasmPaths)}; expected a folder ending in '/', or an address for each file name.`,
    );
  }
}

/** The exports of src/assembly/constants.ts: a table that the kernels read. */
type Constants = { readonly TABLE_BYTES: WebAssembly.Global; useConstants(at: number): void };

/** Compiles one of the two builds for the backend's heap, and registers its kernels and the native ones that replace them. */
export async function useKernels(backend: WasmBackend, kernelOptions: KernelOptions): Promise<void> {
  const { relaxedSimd, native, ...options } = kernelOptions;
  const memory = backend.wasm.asm?.memory ?? backend.wasm.wasmMemory;
  if (!memory) {
    throw new RingformerError(
      'no-backend',
      '[ringformer/wasm] The backend does not expose its memory. Use @tensorflow/tfjs-backend-wasm 4.22.',
    );
  }
  const found = native ? await nativeKernels(memory, options) : undefined;
  const multiply = await productsOf(found, kernelOptions); // before anything is allocated
  const module = await compileKernels(relaxedSimd);
  const { TABLE_BYTES, useConstants, ...kernels } = await instantiate<Kernels & Constants>(module, memory);
  useConstants((backend.wasm._malloc(TABLE_BYTES.value + 16) + 15) & ~15);
  const all = { ...kernels, ...found?.kernels, ...multiply };
  started = makeHeap(backend, { kernels: all, relaxedSimd, native: found !== undefined });
  opened = found;
  chosen = kernelOptions;
  registerKernels(started);
}

/** Exchanges the kernel of matrix products; all else stays, threads and scratch space too. */
async function changeProducts(heap: Heap, kernelOptions: KernelOptions, products: Products): Promise<void> {
  const now = { ...kernelOptions, products };
  started = { ...heap, kernels: { ...heap.kernels, ...(await productsOf(opened, now)) } };
  chosen = now;
  registerKernels(started);
}

/** The native kernel of matrix products, if there is one. @throws RingformerError 'no-backend' */
async function productsOf(found: NativeKernels | undefined, options: KernelOptions) {
  const { native, products = 'f32' } = options;
  if (products !== 'f32' && !native) throw noSuchProducts(products, 'the native kernels are switched off');
  await checkProducts(found, products, options);
  const matMul = found?.matMuls[products];
  return matMul && { matMul };
}

const modules = new Map<boolean, Promise<WebAssembly.Module>>();
function compileKernels(relaxedSimd: boolean): Promise<WebAssembly.Module> {
  const module = modules.get(relaxedSimd) ?? compile(decodeBase64(relaxedSimd ? RELAXED_SIMD : PLAIN_SIMD));
  modules.set(relaxedSimd, module);
  return module;
}

/** True if the runtime has relaxed SIMD, that is, accepts our build for it. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(decodeBase64(RELAXED_SIMD));
}

/** True if the kernels in use multiply and add with one rounding. */
export function usesRelaxedSimd(): boolean {
  return started?.relaxedSimd ?? false;
}

/** True if kernels of @ringformer/native are in use; if not, its `findNative` says why. */
export function usesNative(): boolean {
  return started?.native ?? false;
}

async function loadStock(): Promise<typeof import('@tensorflow/tfjs-backend-wasm')> {
  try {
    return await import('@tensorflow/tfjs-backend-wasm');
  } catch (cause) {
    throw new RingformerError('no-backend', '[ringformer/wasm] Install @tensorflow/tfjs-backend-wasm 4.22.', { cause });
  }
}

function failed(cause: unknown): never {
  if (isRingformerError(cause)) throw cause;
  const why = cause instanceof Error ? ` ${cause.message}` : '';
  throw new RingformerError(
    'no-backend',
    `[ringformer/wasm] TensorFlow.js' wasm backend did not start.${why} If you set \`wasmPaths\`, serve ` +
      'the .wasm files of @tensorflow/tfjs-backend-wasm/dist there, or leave it out.',
    { cause },
  );
}
