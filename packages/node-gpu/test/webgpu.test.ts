import { testBackend } from '@ringformer/core/testing';
import { describe } from 'vitest';
import { FIXTURES, fixtureCase } from '../../seq2seq/test/fixture-case.ts';
import { FIXTURES as IMAGES, fixtureCase as imageCase } from '../../vit/test/fixture-case.ts';
import { startNodeGpu } from '../src/index.ts';
import { whyNoVulkan } from './vulkan.ts';

const why = await whyNoVulkan();
if (why) console.warn(`SKIPPED: WebGPU is not tested: ${why}.`);

describe.skipIf(why !== undefined)('WebGPU by Dawn', () => {
  const start = () => startNodeGpu({ prefer: 'webgpu', software: true });
  testBackend('webgpu', start, FIXTURES.map(fixtureCase));
  testBackend('webgpu', start, IMAGES.map(imageCase));
});
