import { testVisionEngine } from '@ringformer/test-tools/vision/conformance';
import { startEngine } from '@ringformer/test-tools/wasm';

testVisionEngine('wasm', async () => (await startEngine()).engine, ['vision_ring_a', 'vision_ring_b']);
