import { startFused } from '../../wasm/src/engine/index.ts';
import { testVisionEngine } from './engine-conformance.ts';

testVisionEngine('fused', async () => (await startFused()).fused, ['vision_ring_a', 'vision_ring_b']);
