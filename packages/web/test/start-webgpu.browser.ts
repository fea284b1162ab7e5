import { withRecovery } from '@ringformer/worker/recovery';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { discard } from '../src/candidates.ts';
import { startWeb, type WebWarning } from '../src/index.ts';

const webgpu = () => startWeb({ prefer: ['webgpu'], software: true });
const device = () => (tf.backend() as unknown as { device: { destroy(): void } }).device;
/** Too large for TensorFlow.js to compute on the processor. */
const ones = () => tf.ones([40, 40]);

test('a lost device: the call is run once more on a new one', async () => {
  const reasons: string[] = [];
  let loads = 0;
  const model = await withRecovery(
    webgpu,
    () => {
      loads++;
      return ones();
    },
    { onLost: (reason) => reasons.push(reason) },
  );
  const first = model.backend;
  let runs = 0;
  const found = await model.use(async (x) => {
    if (++runs === 1) device().destroy();
    const y = tf.exp(x);
    const [value] = await y.data();
    y.dispose();
    return value;
  });
  expect(found).toBeCloseTo(Math.E, 5);
  expect([runs, loads]).toEqual([2, 2]);
  expect(reasons).toEqual([expect.stringMatching(/./)]);
  expect([first.isLost(), model.backend.isLost()]).toEqual([true, false]);
  model.dispose();
});

test('every read reports what went wrong on the device, until the backend is started again', async () => {
  const broken = await webgpu();
  const x = tf.exp(ones());
  const wrong = tf.addN(Array(64).fill(x)); // more inputs than a shader can bind
  const told = { code: 'lost', message: expect.stringMatching(/WebGPU on .* failed: /) };
  await expect(wrong.data()).rejects.toMatchObject(told);
  await expect(x.data()).rejects.toMatchObject(told); // was submitted with it and never computed
  expect(broken.isLost()).toBe(true);
  expect(await webgpu()).not.toBe(broken);
  const right = tf.exp(ones());
  expect((await right.data())[1599]).toBeCloseTo(Math.E, 5);
});

test('a software renderer is skipped with a warning, unless it is the last choice or requested', async () => {
  for (const name of ['webgpu', 'webgl'] as const) {
    discard(name);
    const warnings: WebWarning[] = [];
    const onWarning = (warning: WebWarning) => warnings.push(warning);
    const wasm = { wasmPaths: { 'tfjs-backend-wasm-simd.wasm': simd } };
    expect((await startWeb({ prefer: [name, 'wasm'], wasm, onWarning })).name).toBe('wasm');
    expect(warnings).toMatchObject([{ backend: name, code: 'software', next: 'wasm' }]);
    expect((await startWeb({ prefer: [name], onWarning })).name).toBe(name);
    expect(warnings).toMatchObject([{ next: 'wasm' }, { backend: name, code: 'software' }]);
    expect(warnings[1]?.next).toBeUndefined();
    expect((await startWeb({ prefer: [name, 'wasm'], software: true, onWarning })).name).toBe(name);
    expect(warnings).toHaveLength(2);
  }
});

test('a browser without WebGPU, or without an adapter', async () => {
  const own = Object.getOwnPropertyDescriptor(navigator, 'gpu');
  const without = async (gpu: unknown) => {
    discard('webgpu');
    Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    return webgpu().catch((error: Error) => error.message);
  };
  try {
    expect(await without(undefined)).toMatch(/webgpu: navigator\.gpu is missing\. Chrome 113/);
    expect(await without({ requestAdapter: async () => null })).toMatch(/no WebGPU adapter/);
  } finally {
    delete (navigator as { gpu?: unknown }).gpu;
    if (own) Object.defineProperty(navigator, 'gpu', own);
  }
});
