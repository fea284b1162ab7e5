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
};

/** More threads would each have too little of a kernel to do. */
const MOST_THREADS = 16;

type MatMul = Kernels['matMul'];
export type NativeKernels = {
  readonly kernels: Partial<Kernels>;
  /** Undefined for what this machine cannot compute. */
  readonly matMuls: { readonly [products in Products]?: MatMul | undefined };
};

/** The kernels of @ringformer/native over `memory`, or undefined if there are none here. */
export async function nativeKernels(
  memory: WebAssembly.Memory,
  { threads = Math.min(processors(), MOST_THREADS), variant }: NativeOptions,
): Promise<NativeKernels | undefined> {
  const native = await importNative();
  const opened: (Partial<Kernels> & { matMulBf16?: MatMul; matMulF16?: MatMul }) | undefined = native?.openKernels(
    memory,
    {
      threads,
      ...(variant !== undefined && { variant }),
    },
  );
  if (!opened) return undefined;
  const { matMulBf16, matMulF16, ...kernels } = opened;
  return { kernels, matMuls: { f32: kernels.matMul, bf16: matMulBf16, f16: matMulF16 } };
}

/** @throws RingformerError 'no-backend' if there are no native kernels for products in bf16 or f16 */
export async function checkProducts(
  opened: NativeKernels | undefined,
  products: Products,
  { variant }: NativeOptions,
): Promise<void> {
  if (products === 'f32' || opened?.matMuls[products]) return;
  const { addon, why } = (await importNative())?.findNative() ?? { why: '@ringformer/native is not installed' };
  const kernels = variant ?? addon?.variants[0]?.name;
  throw noSuchProducts(products, why ?? `this processor, or this build, has none (it has ${kernels})`);
}

/** The refusal of products in bf16 or f16. */
export function noSuchProducts(products: 'bf16' | 'f16', why: string): RingformerError {
  return new RingformerError(
    'no-backend',
    `[ringformer/wasm] Products in ${products} need @ringformer/native and a processor with ${INSTRUCTIONS[products]}: ${why}. Use f32.`,
  );
}
