import type { FusedEngine } from '@ringformer/core/base';
import type { Programs } from './programs.ts';
import { fusedSeq2seq } from './seq2seq.ts';

/** The inference engine: each model gets a memory and threads of its own. It is compiled when it is first used. */
export function fusedEngine(compile: () => Promise<Programs>): FusedEngine {
  let programs: Promise<Programs> | undefined;
  return {
    async seq2seq(config, weights, options) {
      programs ??= compile();
      return fusedSeq2seq(await programs, config, weights, options);
    },
  };
}
