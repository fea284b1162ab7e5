import type { FusedEngine } from '@ringformer/core/base';
import type { Programs } from './programs.ts';
import { fusedSeq2seq } from './seq2seq.ts';
import { fusedVision } from './vision.ts';

/** The inference engine: each model gets a memory and threads of its own. It is compiled when it is first used. */
export function fusedEngine(compile: () => Promise<Programs>): FusedEngine {
  let compiled: Promise<Programs> | undefined;
  const programs = () => {
    compiled ??= compile();
    return compiled;
  };
  return {
    name: 'fused',
    architectures: ['ring'],
    weights: 'stored',
    seq2seq: async (config, weights, options) => fusedSeq2seq(await programs(), config, weights, options),
    vision: async (config, weights, options) => fusedVision(await programs(), config, weights, options),
  };
}
