import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { startWasm, usesRelaxedSimd } from './start.ts';
import { fused, numbers } from './test-tools.ts';

const three = () => tf.tidy(() => [...tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[1], [1]])).dataSync()]);
const gelu = () => fused('RingGelu', () => ({ x: tf.tensor1d(numbers(40, 3)) }), { rate: 0, seed: 0 })[0];

test("after tf.engine().reset(), TensorFlow.js' next wasm backend has our kernels on its own heap", async () => {
  await startWasm({ relaxedSimd: false });
  const before = gelu();
  for (let i = 0; i < 2; i++) {
    const backend = tf.backend();
    tf.engine().reset();
    expect(three).toThrow(/tf\.ready/); // as with any backend that starts asynchronously
    await tf.setBackend('wasm');
    expect(tf.backend()).not.toBe(backend);
    expect(three()).toEqual([3]);
    expect(gelu()).toEqual(before);
    expect(() => tf.tidy(() => tf.add(tf.ones([40_000, 1]), tf.ones([1, 40_000])))).toThrow(/Out of memory/);
    expect(usesRelaxedSimd()).toBe(false);
  }
  await startWasm();
  expect(gelu()).toEqual(before);
});

test('tf.ready() alone is enough, and a start after a reset takes its own options', async () => {
  tf.engine().reset();
  await tf.ready();
  expect(tf.getBackend()).toBe('wasm');
  expect(three()).toEqual([3]);
  tf.engine().reset();
  await startWasm({ relaxedSimd: false });
  expect(usesRelaxedSimd()).toBe(false);
  expect(three()).toEqual([3]);
});

test('a backend that was removed is reported', async () => {
  tf.removeBackend('wasm');
  await expect(startWasm()).rejects.toMatchObject({ code: 'no-backend', message: expect.stringContaining("'wasm'") });
});
