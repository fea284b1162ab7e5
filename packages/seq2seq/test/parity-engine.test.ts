import { startEngine } from '../../wasm/src/engine/index.ts';
import { testEngine } from './engine-conformance.ts';

testEngine('wasm', async () => (await startEngine()).engine, ['ring_a', 'ring_b', 'ring_c']);
