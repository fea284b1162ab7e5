import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import { startEngine } from './engine/index.ts';
import { guardMemory, type WasmBackend } from './heap.ts';
import { startWasm } from './start.ts';

describe('startWasm', () => {
  test('says what is missing if there is no SIMD', async () => {
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    await expect(startWasm()).rejects.toMatchObject({
      code: 'no-backend',
      message: expect.stringMatching(/WebAssembly SIMD is missing/),
    });
    validate.mockRestore();
  });

  test.each<[unknown, string]>([
    [null, 'expected options as an object'],
    [{ relaxedSIMD: false }, "unknown option 'relaxedSIMD'. Did you mean 'relaxedSimd'?"],
    [{ relaxedSimd: 'yes' }, `relaxedSimd is the text "yes"; expected one of 'auto', false.`],
    [{ native: true }, 'native is the boolean true'],
    [{ threads: 'many' }, 'threads is the text "many"; expected a whole number of at least 1'],
    [{ wasmPaths: 7 }, "wasmPaths is the number 7; expected a folder ending in '/'"],
  ])('%o is refused', async (options, message) => {
    const refused = { code: 'bad-argument', message: expect.stringContaining(message) };
    await expect(startWasm(options as never)).rejects.toMatchObject(refused);
    const shared = options === null || 'relaxedSimd' in (options as object);
    if (shared) await expect(startEngine(options as never)).rejects.toMatchObject(refused);
  });

  test('started twice is started once', async () => {
    const first = await startWasm();
    expect(first).toMatchObject({ name: 'wasm', trains: true });
    const backend = tf.backend();
    const kernel = tf.getKernel(tf.BatchMatMul, 'wasm');
    await startWasm();
    expect(tf.backend()).toBe(backend);
    expect(tf.getKernel(tf.BatchMatMul, 'wasm')).toBe(kernel);
    expect(tf.getBackend()).toBe('wasm');
  });

  test('gradients are registered', () => {
    const grad = tf.grads((a, b) => tf.sum(tf.mul(tf.matMul(a, b), tf.exp(tf.transpose(a)))));
    const shapes = tf.tidy(() => grad([tf.ones([2, 2]), tf.ones([2, 2])]).map((x) => x.shape));
    expect(shapes).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });

  test('running out of memory is an error, not a wrong result', async () => {
    await startWasm();
    const before = tf.memory().numTensors;
    // 6 GiB: the size overflows the allocator's 32 bits
    expect(() => tf.tidy(() => tf.matMul(tf.ones([40_000, 1]), tf.ones([1, 40_000])))).toThrow(/Out of memory/);
    expect(() => tf.tidy(() => tf.add(tf.ones([40_000, 1]), tf.ones([1, 40_000])))).toThrow(/Out of memory/);
    expect(tf.memory().numTensors).toBe(before);
    // the backend still works
    expect([...tf.tidy(() => tf.matMul(tf.ones([1, 2]), tf.ones([2, 1])).dataSync())]).toEqual([2]);
  });
});

test('an allocator that returns 0 is out of memory, unless 0 bytes were requested', () => {
  const wasm = { _malloc: () => 0, _free: () => {}, HEAPU8: new Uint8Array(0) };
  const backend = { wasm } as unknown as WasmBackend;
  guardMemory(backend);
  expect(() => backend.wasm._malloc(8)).toThrow(
    expect.objectContaining({
      code: 'out-of-memory',
      message: expect.stringMatching(/Out of memory: cannot allocate 8 bytes/),
    }),
  );
  expect(backend.wasm._malloc(0)).toBe(0);
});
