import { findNative } from '@ringformer/native';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { enableRelaxedSimd } from '#platform';
import { wasmBackend } from './heap.ts';
import { hasRelaxedSimd, startWasm, useKernels } from './start.ts';

// What `startWasm({ products })` switches, and where 'bf16' and 'f16' are refused.

enableRelaxedSimd();
const variants = findNative().addon?.variants ?? [];
const best = variants[0];
const older = variants.find(({ bfloat16 }) => !bfloat16);
const refused = (products: string) => ({
  code: 'no-backend',
  message: expect.stringContaining(`Products in ${products} need @ringformer/native`),
});

/** 1 + 2⁻¹² is 1 in bfloat16 and in float16. */
const product = () =>
  tf.tidy(() => tf.matMul(tf.fill([64, 64], 1 + 2 ** -12), tf.ones([64, 64])).dataSync()[0] as number);

describe.each([
  ['bf16', best?.bfloat16],
  ['f16', best?.float16],
] as const)('products in %s', (products, canMultiply) => {
  test.skipIf(!canMultiply)('change while the backend runs, and stay as they are unless asked for', async () => {
    await startWasm({ products: 'f32' });
    expect(product()).toBe(64 + 2 ** -6);
    await startWasm({ products });
    expect(product()).toBe(64);
    await startWasm();
    expect(product()).toBe(64);
    await startWasm({ products: 'f32' });
    expect(product()).toBe(64 + 2 ** -6);
  });

  test.skipIf(!canMultiply)('change as often as one likes, in the same memory', async () => {
    await startWasm({ products });
    const wide = () => tf.tidy(() => void tf.matMul(tf.ones([64, 256]), tf.ones([256, 4000])).dataSync());
    wide();
    const bytes = wasmBackend().wasm.HEAPU8.length;
    for (let i = 0; i < 40; i++) {
      await startWasm({ products: i % 2 ? products : 'f32' });
      wide();
    }
    expect(wasmBackend().wasm.HEAPU8.length).toBe(bytes);
  });

  test.skipIf(!canMultiply)('survive a reset, unless the next start says otherwise', async () => {
    await startWasm({ products });
    tf.engine().reset();
    await startWasm();
    expect(product()).toBe(64);
    tf.engine().reset();
    await startWasm({ native: false });
    expect(product()).not.toBe(64);
    tf.engine().reset();
    await startWasm({ products: 'f32' });
    expect(product()).toBe(64 + 2 ** -6);
  });

  test('are refused without native kernels, and nothing changes', async () => {
    await startWasm();
    const before = product();
    const build = { relaxedSimd: hasRelaxedSimd(), native: false, products } as const;
    await expect(useKernels(wasmBackend(), build)).rejects.toMatchObject(refused(products));
    expect(product()).toBe(before);
  });

  test.skipIf(!older)('are refused on a processor without instructions for them', async () => {
    await startWasm();
    const build = { relaxedSimd: hasRelaxedSimd(), native: true, variant: older?.name, products } as const;
    const started = useKernels(wasmBackend(), build as Parameters<typeof useKernels>[1]);
    await expect(started).rejects.toMatchObject(refused(products));
  });
});

test('a mistaken value is named', async () => {
  const started = startWasm({ products: 'bf15' as 'bf16' });
  await expect(started).rejects.toMatchObject({ code: 'bad-argument', message: expect.stringContaining("'bf16'") });
});
