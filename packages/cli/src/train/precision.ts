import { type Backend, RingformerError } from '@ringformer/core';
import { startWasm } from '@ringformer/wasm';
import type { CommonSettings } from './settings.ts';

/**
 * Makes the running backend multiply as the run's settings say.
 * @throws RingformerError 'no-backend' if it cannot; nothing else takes its place.
 */
export async function usePrecision(backend: Backend, precision: CommonSettings['precision']): Promise<void> {
  if (backend.name === 'wasm') await startWasm({ products: precision });
  else if (precision !== 'f32')
    throw new RingformerError(
      'bad-argument',
      `--precision ${precision} needs --backend wasm; the backend '${backend.name}' has no such products. Use --precision f32.`,
    );
}
