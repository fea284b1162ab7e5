import { decodeBase64, RingformerError } from '@ringformer/core/base';
import { DEFLATED, PLAIN_LENGTH } from '../generated/engine.ts';
import { inflated } from '../inflate.ts';
import { compile, instantiate } from '../instantiate.ts';
import type { MakeNativeTeam } from './team-types.ts';

/** The programs for floats and for int8 weights; the latter may have to avoid relaxed SIMD. */
export type Modules = { readonly floats: WebAssembly.Module; readonly integers: WebAssembly.Module };

/** What runs jobs: native kernels if there are any, else WebAssembly. */
export type Programs = { readonly native: MakeNativeTeam } | ({ readonly native?: undefined } & Modules);

/** @throws RingformerError 'no-backend' if WebAssembly SIMD is missing, or the page's policy forbids WebAssembly. */
export async function compileEngine(relaxedSimd: 'auto' | false = 'auto'): Promise<Modules> {
  const supported = (bytes: Uint8Array<ArrayBuffer>) => typeof WebAssembly === 'object' && WebAssembly.validate(bytes);
  const both = await inflated(decodeBase64(DEFLATED));
  const plain = both.slice(0, PLAIN_LENGTH);
  if (!supported(plain)) {
    throw new RingformerError(
      'no-backend',
      '[ringformer/wasm] WebAssembly SIMD is missing here. Use Node 20.19 or newer, or a browser from 2023 or later.',
    );
  }
  const relaxed = both.slice(PLAIN_LENGTH);
  if (relaxedSimd === false || !supported(relaxed)) {
    const floats = await compile(plain);
    return { floats, integers: floats };
  }
  const floats = await compile(relaxed);
  return { floats, integers: (await dotsRightly(floats)) ? floats : await compile(plain) };
}

/** Whether the relaxed dot product follows the standard: see `probe` in assembly/engine. */
async function dotsRightly(module: WebAssembly.Module): Promise<boolean> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { probe } = await instantiate<{ probe(address: number): number }>(module, memory);
  const bytes = Array.from({ length: 16 }, (_, i) => 16 * i - 127);
  const sevenBits = Array.from({ length: 16 }, (_, i) => (53 * i + 127) % 128);
  new Int8Array(memory.buffer, 0, 32).set([...bytes, ...sevenBits]);
  const sums = [5, 6, 7, 8];
  const results = sums.map((sum, lane) =>
    [0, 1, 2, 3].reduce(
      (total, i) => total + (bytes[4 * lane + i] as number) * (sevenBits[4 * lane + i] as number),
      sum,
    ),
  );
  new Int32Array(memory.buffer, 32, 8).set([...sums, ...results]);
  return Boolean(probe(0));
}
