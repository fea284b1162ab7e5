import type { Backend } from '@ringformer/core/base';
import { readBytes } from '#platform';
import { compileEngine } from './programs.ts';
import { fusedEngine } from './start.ts';

export { enableRelaxedSimd } from '#platform';

/** What inference needs of a backend. */
export type FusedBackend = Required<Pick<Backend, 'name' | 'readBytes' | 'fused'>>;

export type FusedStart = {
  /** 'auto' (the default): multiply-add in one rounding where the machine has it. false: the same results everywhere. */
  readonly relaxedSimd?: 'auto' | false;
};

/**
 * Inference without TensorFlow.js: whole passes of the ring in one call into WebAssembly.
 * @throws RingformerError 'no-backend' where WebAssembly SIMD is missing.
 */
export async function startFused({ relaxedSimd = 'auto' }: FusedStart = {}): Promise<FusedBackend> {
  const programs = await compileEngine(relaxedSimd);
  return { name: 'wasm', readBytes, fused: fusedEngine(async () => programs) };
}
