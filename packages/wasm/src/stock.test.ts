import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, expect, test, vi } from 'vitest';
import { compileEngine } from './engine/programs.ts';
import { stockProgram } from './platform-web.ts';
import { startWasm } from './start.ts';

const FILE = 'tfjs-backend-wasm-simd.wasm';
const file = readFileSync(createRequire(import.meta.url).resolve(`@tensorflow/tfjs-backend-wasm/dist/${FILE}`));
const three = () => tf.tidy(() => [...tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[1], [1]])).dataSync()]);

beforeEach(() => tf.engine().reset());

test("a page's program is TensorFlow.js' own file", async () => {
  expect(Buffer.compare((await stockProgram?.()) ?? Buffer.alloc(0), file)).toBe(0);
});

test('a data: address in wasmPaths is decoded, also after a reset; nothing is fetched', async () => {
  const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('blocked by the policy'));
  const { platform } = tf.env();
  await startWasm({ wasmPaths: { [FILE]: `data:application/wasm;base64,${file.toString('base64')}` } });
  expect(three()).toEqual([3]);
  tf.engine().reset();
  await tf.setBackend('wasm');
  expect(three()).toEqual([3]);
  expect(tf.env().platform).toBe(platform);
  expect(fetching).not.toHaveBeenCalled();
  fetching.mockRestore();
});

// Chrome and Firefox refuse to compile, WebKit to instantiate.
test.each(['compile', 'instantiate'] as const)('if the policy blocks %s, the error says so', async (what) => {
  const refusal = new WebAssembly.CompileError("Refused: 'wasm-unsafe-eval' is not an allowed source of script");
  const blocked = vi.spyOn(WebAssembly, what).mockRejectedValue(refusal);
  const message = expect.stringMatching(/not compiled: Refused: .*add 'wasm-unsafe-eval' to its script-src/);
  await expect(compileEngine()).rejects.toMatchObject({ code: 'no-backend', message });
  blocked.mockRestore();
});
