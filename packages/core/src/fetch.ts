import type { ReadOptions } from './backend.ts';
import { decoding } from './data-url.ts';
import { RingformerError } from './errors.ts';

/**
 * The body of the response from an address (`http:`, `https:`, `data:`, `blob:`, and in a page relative ones too), with
 * progress for each chunk.
 * @throws the signal's reason once it is aborted; RingformerError 'bad-file' if there is nothing to read.
 */
export async function fetchBytes(from: string | URL, { signal, onProgress }: ReadOptions = {}): Promise<Uint8Array> {
  const name = String(from).slice(0, 200);
  try {
    const response = await decoding(fetch)(from, { signal: signal ?? null });
    if (!response.ok) {
      throw new RingformerError(
        'bad-file',
        `[ringformer/core] Cannot read ${name}: the server answered ${response.status}.`,
      );
    }
    // a compressed body's length says nothing about the bytes that come out
    const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
    const total = length === null ? undefined : Number(length);
    const chunks: Uint8Array[] = [];
    let loaded = 0;
    const reader = response.body?.getReader();
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      chunks.push(next.value);
      loaded += next.value.length;
      onProgress?.(total === undefined ? { loaded } : { loaded, total });
    }
    const bytes = new Uint8Array(loaded);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof RingformerError) throw cause;
    signal?.throwIfAborted();
    const { message, cause: deeper } = cause as Error; // Node's fetch says why only there
    const why = deeper instanceof Error && deeper.message ? `${message} (${deeper.message})` : message;
    throw new RingformerError('bad-file', `[ringformer/core] Cannot read ${name}: ${why}.`, { cause });
  }
}
