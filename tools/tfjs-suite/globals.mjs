// @ts-check
// Jasmine's globals, and where TensorFlow.js' tests run. Imported before those tests, which need both when they load.
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
// @ts-expect-error it has no declarations
import jasmineCore from 'jasmine-core';

jasmineCore.boot();
const flags = { WASM_HAS_SIMD_SUPPORT: true, WASM_HAS_MULTITHREAD_SUPPORT: false };
setTestEnvs([{ name: 'test-wasm', backendName: 'wasm', flags, isDataSync: true }]);
