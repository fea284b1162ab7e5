import { RingformerError } from '@ringformer/core';
import { importNative } from '#platform';
import { processors } from '#threads';
import type { Kernels } from './heap.ts';

/** The numbers that matrix products multiply. Sums are f32, except for those of up to 64 products in f16. */
export type Products = 'f32' | 'bf16' | 'f16';

/** The processor's instructions that rounded products take. */
const INSTRUCTIONS = { bf16: 'bfloat16 instructions (AVX512_BF16)', f16: 'float16 instructions (AVX512_FP16)' };

export type NativeOptions = {
  /** Threads that share the work of each kernel: by default as many as the machine offers, at most 16. */
  readonly threads?: number;
  /** The kernels for one kind of processor instead of the best that this one runs. */
  readonly variant?: string;
  readonly products?: Products;
};

/** More threads would each have too little of a kernel to do. */
const MOST_THREADS = 16;

type NativeKernels = Partial<Kernels> & { readonly [kernel in 'matMulBf16' | 'matMulF16']?: Kernels['matMul'] };

/**
 * The kernels of @ringformer/native over `memory`, or undefined if there are none here.
 * @throws RingformerError 'no-backend' if the processor has no instructions for the products that are asked for.
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
  const { matMulBf16, matMulF16, ...kernels } = opened ?? {};
  if (products === undefined || products === 'f32') return opened && kernels;
  const matMul = { bf16: matMulBf16, f16: matMulF16 }[products];
  if (matMul) return { ...kernels, matMul };
  const { addon, why } = native?.findNative() ?? { why: '@ringformer/native is not installed' };
  throw noSuchProducts(products, why ?? `this one has no such instructions (${variant ?? addon.variants[0]?.name})`);
}

/** The refusal of products in bf16 or f16. */
export function noSuchProducts(products: 'bf16' | 'f16', why: string): RingformerError {
  return new RingformerError(
    'no-backend',
    `[ringformer/wasm] Products in ${products} need @ringformer/native and a processor with ${INSTRUCTIONS[products]}: ${why}. Use f32.`,
  );
}
