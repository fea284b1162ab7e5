import { testBackend, testModels } from '@ringformer/core/testing';
import { FIXTURES, fixtureCase } from '@ringformer/test-tools/translation/fixtures';
import { FIXTURES as IMAGES, fixtureCase as imageCase } from '@ringformer/test-tools/vision/fixtures';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import { listAdapters } from '../src/dawn.ts';
import { startNodeGpu } from '../src/index.ts';
import { whyNoVulkan } from './vulkan.ts';

const why = await whyNoVulkan();
if (why) console.warn(`SKIPPED: WebGPU is not tested: ${why}.`);

/** A software driver takes seconds per step: one model of each kind, unless all are requested. */
const all = process.env.RINGFORMER_WEBGPU === 'all';
vi.setConfig({ testTimeout: 3_600_000 });

describe.skipIf(why !== undefined)('WebGPU by Dawn', () => {
  const start = () => startNodeGpu({ prefer: 'webgpu', software: true });
  testBackend('webgpu', start, (all ? FIXTURES : ['ring_a']).map(fixtureCase));
  testModels('webgpu', start, (all ? IMAGES : ['vision_ring_a']).map(imageCase));

  test('an error of the device is reported at every read, until the backend is started again', async () => {
    await start();
    const x = tf.exp(tf.zeros([40, 40]));
    const wrong = tf.addN(Array(64).fill(x)); // more inputs than a shader can bind
    const told = { code: 'lost', message: expect.stringMatching(/WebGPU on .* failed: /) };
    await expect(wrong.data()).rejects.toMatchObject(told);
    await expect(x.data()).rejects.toMatchObject(told); // was submitted with it, and never computed
    tf.dispose([x, wrong]);
    await start();
    const right = tf.exp(tf.zeros([40, 40]));
    expect((await right.data())[1599]).toBe(1);
    right.dispose();
  });

  test('synchronous reading is refused', async () => {
    await start();
    const x = tf.exp(tf.zeros([40, 40]));
    expect(() => x.dataSync()).toThrow(/await x\.data\(\)/);
    await x.data();
    expect(x.dataSync()[0]).toBe(1); // here by now
    x.dispose();
  });

  test('an adapter that computes on the CPU must be allowed', async ({ skip }) => {
    const adapters = await listAdapters();
    skip(!adapters.every(({ software }) => software), 'there is a graphics card');
    tf.removeBackend('webgpu');
    const started = startNodeGpu({ prefer: 'webgpu' });
    await expect(started).rejects.toMatchObject({
      code: 'no-backend',
      message: expect.stringMatching(/computes on the CPU/),
    });
    const none = startNodeGpu({ prefer: 'webgpu', adapter: 'GeForce 256' });
    await expect(none).rejects.toMatchObject({
      message: expect.stringMatching(/none is named 'GeForce 256'\. Available: /),
    });
  });
});
