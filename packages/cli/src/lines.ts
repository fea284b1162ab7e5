import { isUtf8 } from 'node:buffer';
import { addAbortSignal } from 'node:stream';
import { FailedError, whyNot } from './errors.ts';
import type { Io } from './io.ts';
import { openInput } from './open-input.ts';

/** A line longer than this many bytes is not text for a translator. */
export const MAX_LINE_BYTES = 65_536;

/** Lines that came together, and the number of the first, counted from 1. */
export type Lines = { readonly texts: string[]; readonly first: number };

/**
 * The lines of a stream of UTF-8 bytes as they arrive. Each group is what one read completed, so that a slow writer is
 * answered at once and a fast one in bulk. Lines end in LF or CRLF, the last one with or without; a byte order mark is
 * dropped.
 * @throws FailedError that names the source, line and byte offset of anything that is not UTF-8 or is too long.
 */
export async function* lineGroups(stream: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Lines> {
  let rest: Uint8Array = new Uint8Array(0);
  let offset = 0; // of the first byte of `rest` in the stream
  let first = 1;
  for await (const chunk of stream) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const texts: string[] = [];
    let from = 0;
    for (let to = bytes.indexOf(10, rest.length); to >= 0; to = bytes.indexOf(10, from)) {
      texts.push(decodeLine(bytes.subarray(from, to), { name, line: first + texts.length, offset: offset + from }));
      from = to + 1;
    }
    rest = bytes.subarray(from);
    offset += from;
    checkLength(rest, { name, line: first + texts.length, offset });
    if (texts.length > 0) yield { texts, first };
    first += texts.length;
  }
  if (rest.length > 0) yield { texts: [decodeLine(rest, { name, line: first, offset })], first };
}

/** The lines of a file, or of stdin if the path is '-'. @throws FailedError as `lineGroups` does; the signal's reason */
export async function* linesOf(path: string, { stdin, signal }: Pick<Io, 'stdin' | 'signal'>): AsyncGenerator<Lines> {
  try {
    const stream = path === '-' ? stdin : openInput(path);
    yield* lineGroups(addAbortSignal(signal, stream), path === '-' ? 'stdin' : path);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof FailedError) throw cause;
    throw new FailedError(`${path === '-' ? 'stdin' : path} cannot be read: ${whyNot(cause)}.`, { cause });
  }
}

/** Every line of a file, or of stdin. @throws as `linesOf` does */
export async function allLines(path: string, io: Pick<Io, 'stdin' | 'signal'>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { texts } of linesOf(path, io)) for (const text of texts) lines.push(text);
  return lines;
}

type Place = { readonly name: string; readonly line: number; readonly offset: number };

function checkLength(bytes: Uint8Array, { name, line, offset }: Place): void {
  if (bytes.length <= MAX_LINE_BYTES) return;
  throw new FailedError(
    `${name}, line ${line} (byte offset ${offset}) is longer than ${MAX_LINE_BYTES} bytes. Put each sentence or paragraph on its own line.`,
  );
}

function decodeLine(bytes: Uint8Array, place: Place): string {
  checkLength(bytes, place);
  if (!isUtf8(bytes)) {
    const at = firstInvalid(bytes);
    const byte = bytes[at]!.toString(16).padStart(2, '0');
    throw new FailedError(
      `${place.name} is not UTF-8: line ${place.line}, byte offset ${place.offset + at} (0x${byte}). Save it as UTF-8, for example with iconv.`,
    );
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').replace(/\r$/, '');
  return place.line === 1 ? text.replace(/^\ufeff/, '') : text;
}

/** Where the first byte sequence that is not UTF-8 begins: the first replacement character that is not written out itself. */
function firstInvalid(bytes: Uint8Array): number {
  let at = 0;
  for (const character of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) {
    const written = bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd;
    if (character === '\ufffd' && !written) break;
    at += Buffer.byteLength(character);
  }
  return at;
}
