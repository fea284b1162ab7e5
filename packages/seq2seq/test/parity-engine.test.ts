import { testEngine } from '@ringformer/test-tools/translation/conformance';
import { startEngine } from '@ringformer/test-tools/wasm';

testEngine('wasm', async () => (await startEngine()).engine, ['ring_a', 'ring_b', 'ring_c']);
