import { checkChoice } from '@ringformer/core/base';
import { findNativeTeams } from '#platform';
import { compileEngine, type Programs } from './programs.ts';
import { wasmSeq2seq } from './seq2seq.ts';
import type { WasmEngine } from './types.ts';
import { wasmVision } from './vision.ts';

export type ProgramOptions = {
  /** 'auto' (the default): multiply-add with one rounding if the machine supports it. false: the same results everywhere. */
  readonly relaxedSimd?: 'auto' | false;
  /**
   * 'auto' (the default): the kernels of @ringformer/native, if it is installed and this processor suits. false keeps to
   * WebAssembly, as do `relaxedSimd: false` and the environment variable RINGFORMER_NATIVE=0.
   */
  readonly native?: 'auto' | false;
};

/** @throws RingformerError 'bad-argument' */
export function checkPrograms(where: string, { relaxedSimd = 'auto', native = 'auto' }: ProgramOptions): void {
  checkChoice(where, 'relaxedSimd', relaxedSimd, ['auto', false]);
  checkChoice(where, 'native', native, ['auto', false]);
}

/** @throws RingformerError 'no-backend' if WebAssembly SIMD is missing. */
export async function findPrograms({ relaxedSimd, native }: ProgramOptions = {}): Promise<Programs> {
  const found = relaxedSimd === false || native === false ? undefined : await findNativeTeams();
  return found ? { native: found } : compileEngine(relaxedSimd);
}

/** The inference engine. It is compiled on first use; each model gets its own memory and threads. */
export function wasmEngine(compile: () => Promise<Programs>): WasmEngine {
  let compiled: Promise<Programs> | undefined;
  const programs = () => {
    compiled ??= compile();
    return compiled;
  };
  return {
    name: 'wasm',
    architectures: ['ring'],
    weights: 'stored',
    seq2seq: async (config, weights, plan, options) =>
      wasmSeq2seq(await programs(), { config, weights, plan }, options),
    vision: async (config, weights, plan, options) => wasmVision(await programs(), { config, weights, plan }, options),
  };
}
