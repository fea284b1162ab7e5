import { startEngine } from '../../wasm/src/engine/index.ts';
import { testVisionEngine } from './engine-conformance.ts';

testVisionEngine('wasm', async () => (await startEngine()).engine, ['vision_ring_a', 'vision_ring_b']);
