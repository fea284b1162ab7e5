import { testEngine } from '../../seq2seq/test/engine-conformance.ts';
import { FIXTURES } from '../../seq2seq/test/fixture-case.ts';
import { testVisionEngine } from '../../vit/test/engine-conformance.ts';
import { FIXTURES as IMAGES } from '../../vit/test/fixture-case.ts';
import { startOnnx } from '../src/run/index.ts';

const start = async () => (await startOnnx({ threads: 1 })).engine;
testEngine('onnx', start, FIXTURES);
testVisionEngine('onnx', start, IMAGES);
