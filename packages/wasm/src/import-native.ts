import type * as Native from '@ringformer/native';

/** @ringformer/native, if it is installed; whether its kernels run here is said by its `findNative`. */
export async function importNative(): Promise<typeof Native | undefined> {
  return await import('@ringformer/native').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  });
}
