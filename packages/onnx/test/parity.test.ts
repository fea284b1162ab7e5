import { testAblations, testEngine } from '@ringformer/test-tools/translation/conformance';
import { FIXTURES } from '@ringformer/test-tools/translation/fixtures';
import { testVisionAblations, testVisionEngine } from '@ringformer/test-tools/vision/conformance';
import { FIXTURES as IMAGES } from '@ringformer/test-tools/vision/fixtures';
import { startOnnx } from '../src/run/index.ts';

const start = async () => (await startOnnx({ threads: 1 })).engine;
testEngine('onnx', start, FIXTURES);
testVisionEngine('onnx', start, IMAGES);
testAblations('onnx', start);
testVisionAblations('onnx', start);
