import type { Tree } from '@ringformer/core';
import type { Case } from '@ringformer/core/parity';
import * as seq2seq from '@ringformer/test-tools/translation/fixtures';
import * as vit from '@ringformer/test-tools/vision/fixtures';

/** Set by `node tools/conformance.mjs --full`: every model, which takes an hour on software renderers. */
const FULL = import.meta.env.VITE_CONFORMANCE === 'full';

/** For backends where every dispatch is slow: the few models that tell the most. */
const FEW: Record<string, readonly string[]> = {
  webgl: ['ring_a', 'ring_b', 'vision_ring_a'],
  webgpu: ['ring_c', 'vision_ring_a'],
};

function chosen<P extends Tree>(backend: string, names: readonly string[], load: (name: string) => Case<P>): Case<P>[] {
  const few = FULL ? undefined : FEW[backend];
  return names.filter((name) => few?.includes(name) ?? true).map(load);
}

/** The translation models that a backend is compared on. */
export const translationModels = (backend: string) => chosen(backend, seq2seq.FIXTURES, seq2seq.fixtureCase);

/** The image classifiers. */
export const imageModels = (backend: string) => chosen(backend, vit.FIXTURES, vit.fixtureCase);
