import { testAblations, testEngine } from '@ringformer/test-tools/translation/conformance';
import { testVisionAblations, testVisionEngine } from '@ringformer/test-tools/vision/conformance';
import { startEngine } from '@ringformer/wasm/engine';

const start = async () => (await startEngine()).engine;
testEngine('wasm', start, ['ring_a', 'ring_b', 'ring_c']);
testVisionEngine('wasm', start, ['vision_ring_a', 'vision_ring_b']);
testAblations('wasm', start);
testVisionAblations('wasm', start);
