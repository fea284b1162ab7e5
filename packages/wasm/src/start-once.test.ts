import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { startWasm } from './index.ts';

test('the stock backend is created once, and only after threads are turned off', async () => {
  const { wasm } = (tf.engine() as unknown as { registryFactory: { wasm: { factory: () => unknown } } })
    .registryFactory;
  const { factory } = wasm;
  const threads: unknown[] = [];
  wasm.factory = () => {
    threads.push((tf.env() as unknown as { flags: Record<string, unknown> }).flags.WASM_HAS_MULTITHREAD_SUPPORT);
    return factory();
  };
  await Promise.all([startWasm(), startWasm()]);
  await startWasm();
  expect(threads).toEqual([false]);
});
