import { startFused } from '../../wasm/src/engine/index.ts';
import { testEngine } from './engine-conformance.ts';

testEngine('fused', async () => (await startFused()).fused, ['ring_a', 'ring_b', 'ring_c']);
