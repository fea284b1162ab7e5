import { testAblations, testEngine } from '@ringformer/test-tools/translation/conformance';
import { NATIVE, startEngine } from '@ringformer/test-tools/wasm';

for (const native of NATIVE) {
  const name = native ? 'native kernels' : 'wasm';
  const start = async () => (await startEngine({ native })).engine;
  testEngine(name, start, ['ring_a', 'ring_b', 'ring_c']);
  testAblations(name, start);
}
