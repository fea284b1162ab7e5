import type { ModelCase } from '@ringformer/core/testing';
import * as seq2seq from '../../../seq2seq/test/fixture-case.ts';
import * as vit from '../../../vit/test/fixture-case.ts';
import type { AnyParams } from '../../../seq2seq/src/index.ts';
import type { AnyVitParams } from '../../../vit/src/index.ts';

/** Set by VITE_CONFORMANCE=full: every model on every backend, which takes software renderers half an hour. */
const FULL = import.meta.env.VITE_CONFORMANCE === 'full';

/** Models that tell most apart, where compiling shaders for all would take too long. */
const FEW: Record<string, readonly string[]> = {
  webgl: ['ring_a', 'ring_b', 'vision_ring_a'],
  webgpu: ['ring_a', 'vision_ring_a'],
};

const chosen = (backend: string, names: readonly string[]) =>
  names.filter((name) => FULL || (FEW[backend]?.includes(name) ?? true));

export const translationModels = (backend: string): ModelCase<AnyParams>[] =>
  chosen(backend, seq2seq.FIXTURES).map(seq2seq.fixtureCase);

export const imageModels = (backend: string): ModelCase<AnyVitParams>[] =>
  chosen(backend, vit.FIXTURES).map(vit.fixtureCase);
