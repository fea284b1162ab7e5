import { testVisionAblations, testVisionEngine } from '@ringformer/test-tools/vision/conformance';
import { NATIVE, startEngine } from '@ringformer/test-tools/wasm';

for (const native of NATIVE) {
  const name = native ? 'native kernels' : 'wasm';
  const start = async () => (await startEngine({ native })).engine;
  testVisionEngine(name, start, ['vision_ring_a', 'vision_ring_b']);
  testVisionAblations(name, start);
}
