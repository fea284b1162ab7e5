import { refuse } from './image.ts';

/** Bytes that are read piece by piece: a large file, or ranges from a server. */
export type ByteSource = { readonly size: number; read(start: number, end: number): Promise<Uint8Array> };
/** Bytes in memory, a Blob or File of a page, or a source. */
export type Bytes = Uint8Array | Blob | ByteSource;

/** The most bytes that a gzip file may inflate to. */
const MAX_INFLATED = 2 ** 31 - 1;

/** The bytes as a source; those of a gzip file (RFC 1952) are inflated into memory. */
export async function openBytes(bytes: Bytes): Promise<ByteSource> {
  const source = byteSource(bytes);
  const [first, second] = await source.read(0, Math.min(2, source.size));
  if (first !== 0x1f || second !== 0x8b) return source;
  return byteSource(await gunzip(await source.read(0, source.size)));
}

function byteSource(bytes: Bytes): ByteSource {
  if (bytes instanceof Uint8Array) {
    const read = async (start: number, end: number) =>
      new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start); // no Buffer, whatever came
    return { size: bytes.length, read };
  }
  if (bytes instanceof Blob) {
    const read = async (start: number, end: number) => new Uint8Array(await bytes.slice(start, end).arrayBuffer());
    return { size: bytes.size, read };
  }
  return bytes;
}

async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
    for (let reader = stream.getReader(), next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(next.value);
      size += next.value.length;
      if (size > MAX_INFLATED) throw new Error(`it grows beyond ${MAX_INFLATED} bytes`);
    }
  } catch (cause) {
    refuse('bad-file', `The gzip file cannot be inflated (${(cause as Error).message}): it is damaged.`, cause);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
