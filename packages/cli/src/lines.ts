import { isUtf8 } from 'node:buffer';
import { addAbortSignal } from 'node:stream';
import { whyNot } from '@ringformer/core/base';
import { asUtf8, type Encoding } from './encoding.ts';
import { FailedError } from './errors.ts';
import type { Io } from './io.ts';
import { openInput } from './open-input.ts';

/** A line longer than this many bytes is not text for a translator. */
export const MAX_LINE_BYTES = 65_536;

const SAVE_IT = 'Save it as UTF-8, for example with iconv.';

/** Lines that came together, and the number of the first, counted from 1. */
export type Lines = { readonly texts: string[]; readonly first: number };

export type LineOptions = {
  /** What the bytes are, unless a byte order mark says it (only `linesOf`). Default: UTF-8. */
  readonly encoding?: Encoding;
  /** The most bytes of a line. */
  readonly most?: number;
  /** What to do about a file that is not UTF-8. */
  readonly remedy?: string;
  /** The number of the first line, and where it begins in what `name` names. */
  readonly first?: number;
  readonly offset?: number;
  /** Takes a line that cannot be used, by its number, which is then empty. Without it such a line is an error. */
  onBad?(line: number, why: string): void;
};

/**
 * The lines of a stream of UTF-8 bytes as they arrive. Each group is what one read completed, so that a slow writer is
 * answered at once and a fast one in bulk. Lines end in LF or CRLF, the last one with or without; a byte order mark is
 * dropped.
 * @throws FailedError that names the source, line and byte offset of anything that is not UTF-8 or is too long.
 */
export async function* lineGroups(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  { first = 1, offset = 0, most = MAX_LINE_BYTES, remedy = SAVE_IT, onBad }: LineOptions = {},
): AsyncGenerator<Lines> {
  let rest: Uint8Array = new Uint8Array(0);
  let skipping = false; // the rest of a line that is too long
  const decode = (bytes: Uint8Array, line: number, at: number): string => {
    if (!skipping) return usable(() => decodeLine(bytes, { name, line, offset: at, most, remedy }), line, onBad) ?? '';
    skipping = false;
    return '';
  };
  for await (const chunk of stream) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const texts: string[] = [];
    let from = 0;
    for (let to = bytes.indexOf(10, rest.length); to >= 0; to = bytes.indexOf(10, from)) {
      texts.push(decode(bytes.subarray(from, to), first + texts.length, offset + from));
      from = to + 1;
    }
    rest = bytes.subarray(from);
    offset += from;
    const line = first + texts.length;
    skipping ||= usable(() => checkLength(rest, { name, line, offset, most }), line, onBad) === undefined;
    if (skipping) {
      offset += rest.length;
      rest = rest.subarray(rest.length);
    }
    if (texts.length > 0) yield { texts, first };
    first += texts.length;
  }
  if (rest.length > 0 || skipping) yield { texts: [decode(rest, first, offset)], first };
}

/** What `use` returns, or undefined if the line was bad and somebody takes it. */
function usable<T>(use: () => T, line: number, onBad: LineOptions['onBad']): T | undefined {
  try {
    return use();
  } catch (error) {
    if (!onBad || !(error instanceof FailedError)) throw error;
    onBad(line, error.message);
    return undefined;
  }
}

/** The lines of a file, or of stdin if the path is '-'. @throws FailedError as `lineGroups` does; the signal's reason */
export async function* linesOf(
  path: string,
  { stdin, signal }: Pick<Io, 'stdin' | 'signal'>,
  options: LineOptions = {},
): AsyncGenerator<Lines> {
  const name = path === '-' ? 'stdin' : path;
  try {
    const stream = addAbortSignal(signal, path === '-' ? stdin : openInput(path));
    yield* lineGroups(asUtf8(stream, name, options.encoding), name, options);
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

type Place = { readonly name: string; readonly line: number; readonly offset: number; readonly most: number };

function checkLength(bytes: Uint8Array, { name, line, offset, most }: Place): true {
  if (bytes.length <= most) return true;
  throw new FailedError(
    `${name}, line ${line} (byte offset ${offset}) is longer than ${most} bytes. Put each sentence or paragraph on its own line.`,
  );
}

function decodeLine(bytes: Uint8Array, place: Place & { readonly remedy: string }): string {
  checkLength(bytes, place);
  if (!isUtf8(bytes)) {
    const at = firstInvalid(bytes);
    const byte = bytes[at]!.toString(16).padStart(2, '0');
    throw new FailedError(
      `${place.name} is not UTF-8: line ${place.line}, byte offset ${place.offset + at} (0x${byte}). ${place.remedy}`,
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
