import { withRecovery } from '@ringformer/worker/recovery';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, test } from 'vitest';
import { startWeb, type WebWarning } from '../src/index.ts';

const wasm = { wasmPaths: { 'tfjs-backend-wasm-simd.wasm': simd } };

const context = () =>
  (tf.backend() as unknown as { getGPGPUContext(): { gl: WebGL2RenderingContext } }).getGPGPUContext().gl;

afterEach(() => {
  tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', true);
});

test('a lost context: the call is run once more on a new backend', async () => {
  const reasons: string[] = [];
  let loads = 0;
  const model = await withRecovery(
    () => startWeb({ prefer: ['webgl'], software: true }),
    () => {
      loads++;
      return tf.tensor1d([1, 2, 3]);
    },
    { onLost: (reason) => reasons.push(reason) },
  );
  const first = model.backend;
  let runs = 0;
  const found = await model.use(async (x) => {
    if (++runs === 1) context().getExtension('WEBGL_lose_context')?.loseContext();
    const y = tf.mul(x, 2);
    const values = await y.data();
    y.dispose();
    return [...values];
  });
  expect(found).toEqual([2, 4, 6]);
  expect([runs, loads, reasons.length]).toEqual([2, 2, 1]);
  expect(first.isLost()).toBe(true);
  expect(model.backend).not.toBe(first);
  model.dispose();
});

test('a context that the browser restores is lost all the same: its textures are empty', async () => {
  const backend = await startWeb({ prefer: ['webgl'], software: true });
  const gl = context();
  const lose = gl.getExtension('WEBGL_lose_context') as WEBGL_lose_context;
  const restored = new Promise((resolve) => gl.canvas.addEventListener('webglcontextrestored', resolve));
  lose.loseContext();
  await backend.lost;
  await new Promise((resolve) => setTimeout(resolve, 100)); // it can be restored only after the event
  lose.restoreContext();
  await restored;
  expect([gl.isContextLost(), backend.isLost()]).toEqual([false, true]);
});

test('a GPU with half precision is detected, and wasm is used with a warning', async () => {
  await startWeb({ prefer: ['webgl'], software: true });
  tf.removeBackend('webgl');
  const { MathBackendWebGL } = await import('@tensorflow/tfjs-backend-webgl');
  tf.registerBackend('webgl', () => new MathBackendWebGL());
  tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', false); // textures of half precision
  const warnings: WebWarning[] = [];
  const backend = await startWeb({
    prefer: ['webgl', 'wasm'],
    software: true,
    wasm,
    onWarning: (warning) => warnings.push(warning),
  });
  expect(backend.name).toBe('wasm');
  expect(warnings).toMatchObject([{ backend: 'webgl', code: 'wrong-results', next: 'wasm' }]);
  await expect(startWeb({ prefer: ['webgl'], software: true })).rejects.toMatchObject({ code: 'no-backend' });
});
