import { fetchBytes, type ReadOptions, RingformerError } from '@ringformer/core/base';
import { inNode } from './runtime.ts';

/**
 * Reads an address, or in Node a file (a path or `file:` URL).
 * @throws the signal's reason once it is aborted; RingformerError 'bad-file' where there is nothing to read.
 */
export async function readBytes(from: string | URL, options: ReadOptions = {}): Promise<Uint8Array> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  if (!inNode() || /^(https?|data):/i.test(String(from))) return fetchBytes(from, options);
  const { readFile } = process.getBuiltinModule('node:fs/promises'); // out of bundlers' sight
  try {
    const bytes = await readFile(String(from).startsWith('file:') ? new URL(from) : from, { signal });
    onProgress?.({ loaded: bytes.length, total: bytes.length });
    return bytes;
  } catch (cause) {
    signal?.throwIfAborted();
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : message;
    throw new RingformerError('bad-file', `[ringformer/onnx] Cannot read ${String(from).slice(0, 200)}: ${why}.`, {
      cause,
    });
  }
}
