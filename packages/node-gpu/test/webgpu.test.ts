import { testBackend, testModels } from '@ringformer/core/testing';
import { describe, vi } from 'vitest';
import { FIXTURES, fixtureCase } from '../../seq2seq/test/fixture-case.ts';
import { FIXTURES as IMAGES, fixtureCase as imageCase } from '../../vit/test/fixture-case.ts';
import { startNodeGpu } from '../src/index.ts';
import { whyNoVulkan } from './vulkan.ts';

const why = await whyNoVulkan();
if (why) console.warn(`SKIPPED: WebGPU is not tested: ${why}.`);

/** A driver in software compiles its shaders for minutes: one model of each kind, unless all are asked for. */
const all = process.env['RINGFORMER_WEBGPU'] === 'all';
vi.setConfig({ testTimeout: 600_000 });

describe.skipIf(why !== undefined)('WebGPU by Dawn', () => {
  const start = () => startNodeGpu({ prefer: 'webgpu', software: true });
  testBackend('webgpu', start, (all ? FIXTURES : ['ring_a']).map(fixtureCase));
  testModels('webgpu', start, (all ? IMAGES : ['vision_ring_a']).map(imageCase));
});
