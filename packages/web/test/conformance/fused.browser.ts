import { startFused } from '@ringformer/wasm/fused';
import { testEngine } from '../../../seq2seq/test/engine-conformance.ts';
import { testVisionEngine } from '../../../vit/test/engine-conformance.ts';

const start = async () => (await startFused()).fused;
testEngine('fused', start, ['ring_a', 'ring_b', 'ring_c']);
testVisionEngine('fused', start, ['vision_ring_a', 'vision_ring_b']);
