import { createRequire } from 'node:module';
import { type Backend, RingformerError } from '@ringformer/core/base';
import { registerGradients } from '@ringformer/core/gradients';
import { readBytes } from '@ringformer/core/read';
import { guardWebGpu, isSoftware, type WebGpuBackend } from '@ringformer/core/webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { listAdapters, loadDawn } from './dawn.ts';
import { needPackages } from './modules.ts';
import { whyNoAdapter } from './why-no-adapter.ts';

export type WebGpuOptions = {
  /** The name of an adapter as `inspectNodeGpu` lists it, or a part of it; the fastest one if absent. */
  readonly adapter?: string;
  /** True to allow a Vulkan driver that computes on the CPU (lavapipe, SwiftShader): for tests, slower than wasm. */
  readonly software?: boolean;
  /** A folder whose node_modules contain the optional packages, if they are not next to this one. */
  readonly modules?: string;
};

/** The parts of TensorFlow.js' backend that are used here. */
type Stock = tf.KernelBackend & WebGpuBackend & { tensorMap: { get(id: object): { values: unknown } | undefined } };
type Package = { WebGPUBackend: new (device: GPUDevice, info: GPUAdapterInfo) => Stock };

const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBuffersPerShaderStage',
] as const;

let running: { readonly backend: tf.KernelBackend; readonly failed: () => boolean } | undefined;

/**
 * Starts WebGPU without a browser: TensorFlow.js' webgpu backend on Dawn. Sets `navigator.gpu` and the constants of WebGPU
 * in globalThis, as browsers do. Called again, it keeps the running backend, or replaces it if its device failed.
 * @throws RingformerError 'no-backend' that says what is missing: a package, the Vulkan loader, a driver, a real GPU.
 */
export async function startWebGpu(options: WebGpuOptions = {}): Promise<Backend> {
  if (!running || running.failed() || tf.findBackend('webgpu') !== running.backend) running = await register(options);
  if (!(await tf.setBackend('webgpu')))
    throw new RingformerError('lost', '[ringformer/node-gpu] The WebGPU device is lost. Start it again.');
  await tf.ready();
  registerGradients();
  return { name: 'webgpu', trains: true, readBytes };
}

async function register({
  adapter: wanted,
  software = false,
  modules,
}: WebGpuOptions): Promise<NonNullable<typeof running>> {
  const [dawn, stock] = needPackages('WebGPU', ['webgpu', '@tensorflow/tfjs-backend-webgpu'], modules);
  if (!dawn || !stock) throw new Error('unreachable');
  const { create, globals } = await loadDawn(dawn);
  const gpu = create(wanted === undefined ? [] : [`adapter=${wanted}`]);
  // an unknown name is an error; no adapter at all is null
  const adapter = await Promise.resolve()
    .then(() => gpu.requestAdapter({ powerPreference: 'high-performance' }))
    .catch(() => null);
  if (!adapter) throw await whyNoAdapter(wanted, await listAdapters(modules));
  const name = adapter.info.description || adapter.info.device || adapter.info.vendor;
  if (!software && (adapter.info.isFallbackAdapter || isSoftware(`${adapter.info.device} ${name}`))) {
    throw new RingformerError(
      'no-backend',
      `[ringformer/node-gpu] The only WebGPU adapter is ${name}, which computes on the CPU and is slower than wasm. ` +
        'Install the driver of the graphics card, or set `software: true` to use it anyway.',
    );
  }
  for (const [key, value] of Object.entries(globals)) {
    if (!(key in globalThis)) Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
  }
  setNavigator(gpu);
  const requiredLimits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  const device = await adapter.requestDevice({ requiredLimits });
  const { WebGPUBackend } = createRequire(stock.entry)(stock.entry) as Package;
  const backend = new WebGPUBackend(device, adapter.info);
  const failed = watch(backend, name);
  tf.removeBackend('webgpu'); // what the package registered by itself, if anything
  tf.registerBackend('webgpu', () => backend, 0);
  return { backend, failed };
}

/** Node 20 has no navigator, later ones have one without `gpu`. */
function setNavigator(gpu: GPU): void {
  if (typeof navigator === 'undefined') {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true, writable: true });
}

/** Guards the device, and refuses synchronous reading, which needs a browser's canvas. */
function watch(backend: Stock, name: string): () => boolean {
  const { failure } = guardWebGpu(backend, name, 'node-gpu');
  const { readSync } = backend;
  backend.readSync = (id) => {
    const values = backend.tensorMap.get(id)?.values;
    if (values === undefined || values === null) {
      throw new RingformerError(
        'bad-argument',
        '[ringformer/node-gpu] WebGPU in Node cannot read synchronously: use `await x.data()` instead of `x.dataSync()`.',
      );
    }
    return readSync.call(backend, id);
  };
  return () => failure() !== undefined;
}
