import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RingformerError } from '@ringformer/core/base';
import type { TextPair } from './text-pair.ts';
import { firstInvalidByte } from './utf8.ts';

export type ReadLinesOptions = { readonly signal?: AbortSignal };

const LF = 0x0a;
const CR = 0x0d;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * The lines of a UTF-8 text file, read as they are requested: files of any size, lines of any length. Lines end in LF or
 * CRLF, which the last one may lack; a byte order mark is left out. A file whose name ends in .gz is decompressed.
 * @throws RingformerError 'bad-file' if the file cannot be read, 'bad-text' with file, line and byte offset if it is not
 * UTF-8; the signal's reason once it is aborted.
 */
export async function* readLines(path: string | URL, { signal }: ReadLinesOptions = {}): AsyncGenerator<string> {
  let line = 1;
  let offset = 0; // of the line's first byte in the file
  const decode = (parts: Uint8Array[]): string => {
    let bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    const length = bytes.length;
    if (bytes.at(-1) === CR) bytes = bytes.subarray(0, -1);
    let start = 0;
    if (line === 1 && BOM.every((byte, i) => bytes[i] === byte)) start = BOM.length;
    const text = decodeStrictly(bytes.subarray(start), path, line, offset + start);
    line++;
    offset += length + 1;
    return text;
  };
  let rest: Uint8Array[] = []; // of a line that has not ended
  for await (const chunk of chunks(path)) {
    signal?.throwIfAborted();
    let from = 0;
    for (let to = chunk.indexOf(LF); to >= 0; to = chunk.indexOf(LF, from)) {
      rest.push(chunk.subarray(from, to));
      const text = decode(rest);
      rest = [];
      from = to + 1;
      yield text;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield decode(rest);
}

/**
 * The pairs of two files whose lines belong together. Throws as `readLines` does, and `bad-file` with both counts if one
 * file has more lines; that is only known at the end, after all pairs that both have.
 */
export async function* readParallel(
  sourcePath: string | URL,
  targetPath: string | URL,
  options: ReadLinesOptions = {},
): AsyncGenerator<TextPair> {
  const sources = readLines(sourcePath, options);
  const targets = readLines(targetPath, options);
  try {
    for (let pairs = 0; ; pairs++) {
      const [source, target] = await Promise.all([sources.next(), targets.next()]);
      if (source.done && target.done) return;
      if (source.done || target.done) {
        const more = 1 + (await countRest(source.done ? targets : sources));
        const [sourceLines, targetLines] = source.done ? [pairs, pairs + more] : [pairs + more, pairs];
        throw new RingformerError(
          'bad-file',
          `[ringformer/text] ${sourcePath} has ${sourceLines} lines and ${targetPath} has ${targetLines}; ` +
            'line N of one must belong to line N of the other.',
        );
      }
      yield { source: source.value, target: target.value };
    }
  } finally {
    await Promise.all([sources.return(undefined), targets.return(undefined)]);
  }
}

async function* chunks(path: string | URL): AsyncGenerator<Uint8Array> {
  try {
    const file = createReadStream(path);
    if (!/\.gz$/i.test(path instanceof URL ? path.pathname : path)) return yield* file as AsyncIterable<Uint8Array>;
    const text = createGunzip();
    yield* pipeline(file, text, () => {}) as AsyncIterable<Uint8Array>; // its errors come out of `text`
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : message;
    throw new RingformerError('bad-file', `[ringformer/text] ${path} cannot be read: ${why}.`, { cause });
  }
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeStrictly(bytes: Uint8Array, path: string | URL, line: number, offset: number): string {
  try {
    return STRICT.decode(bytes);
  } catch (cause) {
    const at = firstInvalidByte(bytes);
    const byte = bytes[at]?.toString(16).padStart(2, '0');
    throw new RingformerError(
      'bad-text',
      `[ringformer/text] ${path} is not UTF-8: line ${line}, byte offset ${offset + at} (0x${byte}). ` +
        'Save it as UTF-8, for example with iconv.',
      { cause },
    );
  }
}

async function countRest(lines: AsyncIterable<string>): Promise<number> {
  let count = 0;
  for await (const _ of lines) count++;
  return count;
}
