import { type FusedEngine, RingformerError } from '@ringformer/core/base';
import { decodeBase64 } from '../base64.ts';
import { PLAIN_SIMD, RELAXED_SIMD } from '../generated/engine.ts';
import { fusedSeq2seq } from './seq2seq.ts';

/** The inference engine: each model gets a memory and threads of its own. It is compiled when it is first used. */
export function fusedEngine(compile: () => Promise<WebAssembly.Module>): FusedEngine {
  let module: Promise<WebAssembly.Module> | undefined;
  return {
    async seq2seq(config, weights, options) {
      module ??= compile();
      return fusedSeq2seq(await module, config, weights, options);
    },
  };
}

/** @throws RingformerError 'no-backend' where WebAssembly SIMD is missing. */
export async function compileEngine(relaxedSimd: 'auto' | false = 'auto'): Promise<WebAssembly.Module> {
  const supported = (bytes: Uint8Array<ArrayBuffer>) => typeof WebAssembly === 'object' && WebAssembly.validate(bytes);
  if (relaxedSimd === 'auto') {
    const relaxed = decodeBase64(RELAXED_SIMD);
    if (supported(relaxed)) return WebAssembly.compile(relaxed);
  }
  const plain = decodeBase64(PLAIN_SIMD);
  if (supported(plain)) return WebAssembly.compile(plain);
  throw new RingformerError(
    'no-backend',
    '[ringformer/wasm] This engine has no WebAssembly SIMD. Use Node 20.19 or newer, or a browser from 2023 on.',
  );
}
