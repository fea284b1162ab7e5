import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ReadOptions } from './backend.ts';
import { RingformerError } from './errors.ts';
import { fetchBytes } from './fetch.ts';

/** Bytes per read: progress is reported and the signal checked in between. */
const CHUNK = 1 << 22;

/**
 * Reads a file (a path or `file:` URL) or an address (`http:`, `https:`, `data:`, `blob:`).
 * @throws the signal's reason once it is aborted; RingformerError 'bad-file' if there is nothing to read.
 */
export async function readBytes(from: string | URL, options: ReadOptions = {}): Promise<Uint8Array> {
  // a single letter before the colon is a Windows drive
  if (/^(https?|data|blob):/i.test(String(from))) return fetchBytes(from, options);
  return readFile(pathOf(from), options);
}

function pathOf(from: string | URL): string {
  if (!(from instanceof URL || from.startsWith('file:'))) return from;
  try {
    return fileURLToPath(from);
  } catch (cause) {
    throw new RingformerError(
      'bad-file',
      `[ringformer/core] Cannot read ${String(from).slice(0, 200)}: expected a path, or an address that begins with file:, http:, https:, data: or blob:.`,
      { cause },
    );
  }
}

async function readFile(path: string, { signal, onProgress }: ReadOptions): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : cause.message;
    throw new RingformerError('bad-file', `[ringformer/core] Cannot read ${path}: ${why}.`, { cause });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile())
      throw new RingformerError('bad-file', `[ringformer/core] Cannot read ${path}: it is not a file.`);
    const bytes = new Uint8Array(stat.size);
    let loaded = 0;
    while (loaded < bytes.length) {
      const { bytesRead } = await file.read(bytes, loaded, Math.min(CHUNK, bytes.length - loaded));
      if (bytesRead === 0) break;
      loaded += bytesRead;
      onProgress?.({ loaded, total: bytes.length });
      signal?.throwIfAborted();
    }
    return bytes.subarray(0, loaded);
  } finally {
    await file.close();
  }
}
