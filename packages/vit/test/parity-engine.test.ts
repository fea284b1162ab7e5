import { testVisionEngine } from '@ringformer/test-tools/vision/conformance';
import { NATIVE, startEngine } from '@ringformer/test-tools/wasm';

for (const native of NATIVE)
  testVisionEngine(native ? 'native kernels' : 'wasm', async () => (await startEngine({ native })).engine, [
    'vision_ring_a',
    'vision_ring_b',
  ]);
