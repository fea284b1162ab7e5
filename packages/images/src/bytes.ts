import { isRecord, kindOf } from '@ringformer/core/base';
import { refuse } from './image.ts';

/** Bytes that are read piece by piece: a large file, or ranges from a server. */
export type ByteSource = { readonly size: number; read(start: number, end: number): Promise<Uint8Array> };
/** Bytes in memory, a Blob or File of a page, or a source. */
export type Bytes = Uint8Array | Blob | ByteSource;

/** The most bytes that a gzip file may inflate to. */
const MAX_INFLATED = 2 ** 31 - 1;

/** How often a file may be compressed: some downloads of .gz files are. */
const MAX_TIMES = 3;

/**
 * The bytes as a source; those of a gzip file (RFC 1952) are inflated into memory. `what`: the argument, for messages.
 * @throws RingformerError 'bad-argument' for anything else; 'bad-file' for a damaged gzip file
 */
export async function openBytes(bytes: Bytes, what: string): Promise<ByteSource> {
  let source = byteSource(bytes, what);
  for (let times = 0; times < MAX_TIMES; times++) {
    const [first, second] = await source.read(0, Math.min(2, source.size));
    if (first !== 0x1f || second !== 0x8b) break;
    source = byteSource(await gunzip(await source.read(0, source.size)), what);
  }
  return source;
}

function byteSource(bytes: Bytes, what: string): ByteSource {
  if (bytes instanceof Uint8Array) {
    const read = async (start: number, end: number) =>
      new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start); // no Buffer, whatever came
    return { size: bytes.length, read };
  }
  if (bytes instanceof Blob) {
    const read = async (start: number, end: number) => new Uint8Array(await bytes.slice(start, end).arrayBuffer());
    return { size: bytes.size, read };
  }
  if (isRecord(bytes) && typeof bytes.read === 'function' && Number.isSafeInteger(bytes.size)) return bytes;
  return refuse(
    'bad-argument',
    `${what}: expected a Uint8Array, a Blob or a source of bytes, { size, read }, got ${kindOf(bytes)}.`,
  );
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
    const why = (cause as Error).message ? ` (${(cause as Error).message})` : ''; // Node.js 24 gives no reason
    refuse('bad-file', `The gzip file cannot be inflated${why}: it is damaged. Download it again.`, cause);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
