import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { startWeb, type WebWarning } from './index.ts';

vi.mock('@tensorflow/tfjs-backend-webgl', () => {
  throw new Error('Failed to fetch dynamically imported module');
});

test('a missing package is reported with its remedy, and the next backend is used with a warning', async () => {
  const warnings: WebWarning[] = [];
  const backend = await startWeb({
    prefer: ['webgpu', 'webgl', 'wasm'],
    onWarning: (warning) => warnings.push(warning),
  });
  expect(backend.name).toBe('wasm');
  expect(tf.getBackend()).toBe('wasm');
  expect(warnings).toMatchObject([
    {
      backend: 'webgpu',
      code: 'unavailable',
      next: 'webgl',
      message: expect.stringContaining('navigator.gpu is missing'),
    },
    {
      backend: 'webgl',
      code: 'unavailable',
      next: 'wasm',
      message: expect.stringContaining('Install it (npm install @tensorflow/tfjs-backend-webgl)'),
    },
  ]);
});

test('if no backend can start, the error names every one that was tried', async () => {
  const start = startWeb({ prefer: ['webgl', 'webgpu'], onWarning: () => {} });
  await expect(start).rejects.toMatchObject({ code: 'no-backend' });
  await expect(start).rejects.toThrow(/No backend could start\.\n {2}- webgl: .*\n {2}- webgpu: /);
  await expect(startWeb({ prefer: ['abacus' as 'wasm'] })).rejects.toMatchObject({ code: 'bad-argument' });
  await expect(startWeb({ prefer: [] })).rejects.toMatchObject({ code: 'bad-argument' });
});
