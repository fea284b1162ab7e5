// @ts-check
// TensorFlow.js' own tests on its wasm backend, or on ours if RINGFORMER_KERNELS is 'plain' or 'auto'. Bundled and run by
// tools/tests/tfjs.test.ts, once for each. Writes [status, name, first failure] of each test to the file given.
import './globals.mjs';
import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { startWasm } from '../../packages/wasm/src/index.ts';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-core/dist/tests.js';

const kernels = process.env.RINGFORMER_KERNELS;
const [file = ''] = process.argv.slice(2);
// The tests reset TensorFlow.js before each group and never start our kernels again: they must stay.
if (kernels) await startWasm(kernels === 'plain' ? { relaxedSimd: false } : {});
else await tf.setBackend('wasm');

/** @type {[string, string, string][]} */
const results = [];
const env = /** @type {any} */ (globalThis).jasmine.getEnv();
env.configure({ random: false });
env.addReporter({
  /** @param {{ status: string, fullName: string, failedExpectations: { message: string }[] }} result */
  specDone: ({ status, fullName, failedExpectations: [first] }) => {
    results.push([status, fullName, first?.message.slice(0, 300) ?? '']);
  },
});
await env.execute();
writeFileSync(file, JSON.stringify(results));
process.exit(0);
