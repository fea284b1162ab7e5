import type { Tree } from '@ringformer/core';
import { type ModelCase, testBackend, testModels } from '@ringformer/core/testing';
import { describe, vi } from 'vitest';
import { FIXTURES, fixtureCase } from '../../seq2seq/test/fixture-case.ts';
import { FIXTURES as IMAGES, fixtureCase as imageCase } from '../../vit/test/fixture-case.ts';
import { startNodeGpu } from '../src/index.ts';
import { whyNoVulkan } from './vulkan.ts';

const why = await whyNoVulkan();
if (why) console.warn(`SKIPPED: WebGPU is not tested: ${why}.`);

/** A driver in software takes seconds for a step: a part of one model of each kind, unless all is asked for. */
const all = process.env.RINGFORMER_WEBGPU === 'all';
vi.setConfig({ testTimeout: 3_600_000 });

const UPDATES = 4;
function shorten<P extends Tree>(given: ModelCase<P>): ModelCase<P> {
  const { recorded } = given;
  const losses = recorded.training.losses.slice(0, UPDATES);
  return all ? given : { ...given, recorded: { ...recorded, training: { ...recorded.training, losses } } };
}

describe.skipIf(why !== undefined)('WebGPU by Dawn', () => {
  const start = () => startNodeGpu({ prefer: 'webgpu', software: true });
  testBackend(
    'webgpu',
    start,
    (all ? FIXTURES : ['ring_a']).map((name) => shorten(fixtureCase(name))),
  );
  testModels(
    'webgpu',
    start,
    (all ? IMAGES : ['vision_ring_a']).map((name) => shorten(imageCase(name))),
  );
});
