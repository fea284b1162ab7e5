import { testEngine } from '@ringformer/test-tools/translation/conformance';
import { NATIVE, startEngine } from '@ringformer/test-tools/wasm';

for (const native of NATIVE)
  testEngine(native ? 'native kernels' : 'wasm', async () => (await startEngine({ native })).engine, [
    'ring_a',
    'ring_b',
    'ring_c',
  ]);
