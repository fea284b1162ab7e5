import { startEngine } from '@ringformer/wasm/engine';
import { testEngine } from '../../../seq2seq/test/engine-conformance.ts';
import { testVisionEngine } from '../../../vit/test/engine-conformance.ts';

const start = async () => (await startEngine()).engine;
testEngine('wasm', start, ['ring_a', 'ring_b', 'ring_c']);
testVisionEngine('wasm', start, ['vision_ring_a', 'vision_ring_b']);
