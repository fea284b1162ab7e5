import { findNative } from '@ringformer/native';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { enableRelaxedSimd } from '#platform';
import { wasmBackend } from './heap.ts';
import { hasRelaxedSimd, startWasm, useKernels } from './start.ts';

// What `startWasm({ products: 'bf16' })` switches, and where it is refused.

enableRelaxedSimd();
const variants = findNative().addon?.variants ?? [];
const best = variants[0];
const older = variants.find(({ bfloat16 }) => !bfloat16);
const refused = { code: 'no-backend', message: expect.stringContaining('Products in bf16 need @ringformer/native') };

/** 1 + 2⁻¹² is 1 in bfloat16. */
const product = () =>
  tf.tidy(() => tf.matMul(tf.fill([64, 64], 1 + 2 ** -12), tf.ones([64, 64])).dataSync()[0] as number);

test.skipIf(!best?.bfloat16)(
  'products change while the backend runs, and stay as they are unless asked for',
  async () => {
    await startWasm();
    expect(product()).toBe(64 + 2 ** -6);
    await startWasm({ products: 'bf16' });
    expect(product()).toBe(64);
    await startWasm();
    expect(product()).toBe(64);
    await startWasm({ products: 'f32' });
    expect(product()).toBe(64 + 2 ** -6);
  },
);

test('products in bf16 are refused without native kernels, and nothing changes', async () => {
  await startWasm();
  const before = product();
  const build = { relaxedSimd: hasRelaxedSimd(), native: false, products: 'bf16' } as const;
  await expect(useKernels(wasmBackend(), build)).rejects.toMatchObject(refused);
  expect(product()).toBe(before);
});

test.skipIf(!older)('products in bf16 are refused on a processor without instructions for them', async () => {
  await startWasm();
  const build = { relaxedSimd: hasRelaxedSimd(), native: true, variant: older?.name, products: 'bf16' } as const;
  await expect(useKernels(wasmBackend(), build as Parameters<typeof useKernels>[1])).rejects.toMatchObject(refused);
});

test('a mistaken value is named', async () => {
  await expect(startWasm({ products: 'bf15' as 'bf16' })).rejects.toMatchObject({ code: 'bad-argument' });
});
