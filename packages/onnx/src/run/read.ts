import { type ReadOptions, RingformerError } from '@ringformer/core/base';
import { joined } from './bytes.ts';
import { inNode } from './runtime.ts';

/**
 * Reads an address, or in Node a file (a path or `file:` URL).
 * @throws the signal's reason once it is aborted; RingformerError 'bad-file' where there is nothing to read.
 */
export async function readBytes(from: string | URL, { signal, onProgress }: ReadOptions = {}): Promise<Uint8Array> {
  signal?.throwIfAborted();
  try {
    const local = inNode() && !/^(https?|data):/i.test(String(from));
    return await (local ? readFile : get)(from, { signal, onProgress });
  } catch (cause) {
    signal?.throwIfAborted();
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : message;
    throw new RingformerError('bad-file', `[ringformer/onnx] Cannot read ${String(from).slice(0, 200)}: ${why}.`, {
      cause,
    });
  }
}

async function readFile(from: string | URL, { signal, onProgress }: ReadOptions): Promise<Uint8Array> {
  const { readFile } = process.getBuiltinModule('node:fs/promises'); // out of bundlers' sight
  const bytes = await readFile(String(from).startsWith('file:') ? new URL(from) : from, { signal });
  onProgress?.({ loaded: bytes.length, total: bytes.length });
  return bytes;
}

/** The body of a GET request, with progress by chunk. */
async function get(from: string | URL, { signal, onProgress }: ReadOptions): Promise<Uint8Array> {
  const response = await fetch(from, { signal: signal ?? null });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  // a compressed body's length says nothing about the bytes that come out
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    chunks.push(next.value);
    loaded += next.value.length;
    onProgress?.({ loaded, ...(length === null ? {} : { total: Number(length) }) });
  }
  return joined(chunks);
}
