import { setFlagsFromString } from 'node:v8';
import type * as Native from '@ringformer/native';

/**
 * Turns relaxed SIMD on if Node has it behind a flag (Node 20); Node 22 and later have it on. The flag is the whole
 * process's, so a library must not do this unasked: a program may, before its first `startWasm`.
 */
export function enableRelaxedSimd(): void {
  if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** @ringformer/native, if it is installed; whether its kernels run here is said by its `findNative`. */
export async function importNative(): Promise<typeof Native | undefined> {
  return await import('@ringformer/native').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  });
}
