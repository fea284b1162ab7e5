import { importNative } from '#platform';
import { processors } from '#threads';
import type { Kernels } from './heap.ts';

export type NativeOptions = {
  /** Threads that share the work of each kernel: by default as many as the machine offers. */
  readonly threads?: number;
  /** The kernels for one kind of processor instead of the best that this one runs. */
  readonly variant?: string;
};

/** The kernels of @ringformer/native over `memory`, or undefined if there are none here. */
export async function nativeKernels(
  memory: WebAssembly.Memory,
  { threads = processors(), variant }: NativeOptions,
): Promise<Partial<Kernels> | undefined> {
  const native = await importNative();
  return native?.openKernels(memory, { threads, ...(variant !== undefined && { variant }) });
}
