import { RingformerError } from '@ringformer/core';
import { importNative } from '#platform';
import { processors } from '#threads';
import type { Kernels } from './heap.ts';

/** The numbers that matrix products multiply; their sums are f32 in either case. */
export type Products = 'f32' | 'bf16';

export type NativeOptions = {
  /** Threads that share the work of each kernel: by default as many as the machine offers, at most 16. */
  readonly threads?: number;
  /** The kernels for one kind of processor instead of the best that this one runs. */
  readonly variant?: string;
  readonly products?: Products;
};

/** More threads would each have too little of a kernel to do. */
const MOST_THREADS = 16;

type NativeKernels = Partial<Kernels> & { readonly matMulBf16?: Kernels['matMul'] };

/**
 * The kernels of @ringformer/native over `memory`, or undefined if there are none here.
 * @throws RingformerError 'no-backend' if products in bf16 are asked for, but the processor has no instructions for them.
 */
export async function nativeKernels(
  memory: WebAssembly.Memory,
  { threads = Math.min(processors(), MOST_THREADS), variant, products }: NativeOptions,
): Promise<Partial<Kernels> | undefined> {
  const native = await importNative();
  const opened: NativeKernels | undefined = native?.openKernels(memory, {
    threads,
    ...(variant !== undefined && { variant }),
  });
  const { matMulBf16, ...kernels } = opened ?? {};
  if (products !== 'bf16') return opened && kernels;
  if (matMulBf16) return { ...kernels, matMul: matMulBf16 };
  const { addon, why } = native?.findNative() ?? { why: '@ringformer/native is not installed' };
  throw noBfloat16(why ?? `this one has no such instructions (${variant ?? addon.variants[0]?.name})`);
}

/** The refusal of products in bf16. */
export function noBfloat16(why: string): RingformerError {
  return new RingformerError(
    'no-backend',
    `[ringformer/wasm] Products in bf16 need @ringformer/native and a processor with bfloat16 instructions (AVX512_BF16): ${why}. Use f32.`,
  );
}
