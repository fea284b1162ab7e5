import type { Tree } from '@ringformer/core';
import type { ModelCase } from '@ringformer/core/testing';
import type { AnyParams } from '../../../seq2seq/src/index.ts';
import * as seq2seq from '../../../seq2seq/test/fixture-case.ts';
import type { AnyVitParams } from '../../../vit/src/index.ts';
import * as vit from '../../../vit/test/fixture-case.ts';

/** Set by `node tools/conformance.mjs --full`: every model and all updates, which take software renderers an hour. */
const FULL = import.meta.env.VITE_CONFORMANCE === 'full';

/** Where every dispatch is slow: the models that tell most apart, and how many losses of their 20 updates are compared. */
const FEW: Record<string, { models: readonly string[]; losses: number }> = {
  webgl: { models: ['ring_a', 'ring_b', 'vision_ring_a'], losses: 21 },
  webgpu: { models: ['ring_c', 'vision_ring_a'], losses: 21 },
};

function chosen<P extends Tree>(
  backend: string,
  names: readonly string[],
  load: (name: string) => ModelCase<P>,
): ModelCase<P>[] {
  const few = FULL ? undefined : FEW[backend];
  if (!few) return names.map(load);
  return names
    .filter((name) => few.models.includes(name))
    .map(load)
    .map(({ recorded, ...model }) => {
      const { training } = recorded;
      return {
        ...model,
        recorded: { ...recorded, training: { ...training, losses: training.losses.slice(0, few.losses) } },
      };
    });
}

/** The translation models that a backend is compared on. */
export const translationModels = (backend: string): ModelCase<AnyParams>[] =>
  chosen(backend, seq2seq.FIXTURES, seq2seq.fixtureCase);

/** The image classifiers. */
export const imageModels = (backend: string): ModelCase<AnyVitParams>[] =>
  chosen(backend, vit.FIXTURES, vit.fixtureCase);
