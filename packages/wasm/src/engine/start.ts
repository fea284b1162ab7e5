import type { Programs } from './programs.ts';
import { wasmSeq2seq } from './seq2seq.ts';
import type { WasmEngine } from './types.ts';
import { wasmVision } from './vision.ts';

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
