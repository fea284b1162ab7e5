import { nearest } from '@ringformer/core/base';
import iconv from 'iconv-lite';
import { FailedError, UsageError } from './errors.ts';

/** How the letters of a file are written: a label of the Encoding Standard (https://encoding.spec.whatwg.org), such as latin1. */
export type Encoding = { readonly label: string; readonly name: string };

export const UTF8: Encoding = { label: 'utf-8', name: 'utf-8' };
const COMMON = ['utf-8', 'utf-16', 'utf-16be', 'latin1', 'windows-1252', 'iso-8859-15', 'windows-1251', 'shift_jis'];

/** @throws UsageError for an encoding that can't be read or written */
export function encodingOf(label: string): Encoding {
  try {
    const { encoding: name } = new TextDecoder(label.trim());
    if (iconv.encodingExists(name)) return { label: label.trim().toLowerCase(), name };
  } catch {} // an unknown label
  const closest = nearest(label.toLowerCase(), COMMON);
  throw new UsageError(
    `--encoding is '${label}', which is not known. ${closest ? `Did you mean ${closest}?` : `Expected one such as ${COMMON.join(', ')}.`}`,
  );
}

/** What a byte order mark at the beginning says. It wins over a flag, as it does in browsers. */
export function marked(bytes: Uint8Array): Encoding | undefined {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return { label: 'utf-16', name: 'utf-16le' };
  if (a === 0xfe && b === 0xff) return { label: 'utf-16be', name: 'utf-16be' };
  return a === 0xef && b === 0xbb && c === 0xbf ? UTF8 : undefined;
}

/** A stream of bytes as UTF-8. Without an encoding it is UTF-8, unchecked, unless it begins with the mark of UTF-16. */
export async function* asUtf8(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  encoding: Encoding = UTF8,
): AsyncGenerator<Uint8Array> {
  let begin: Uint8Array = new Uint8Array(0);
  let decode: ((bytes: Uint8Array, last: boolean) => string) | undefined;
  let isOpen = true;
  const first = (): Encoding => marked(begin) ?? encoding;
  for await (const chunk of stream) {
    if (!isOpen) {
      yield decode ? Buffer.from(decode(chunk, false)) : chunk;
      continue;
    }
    begin = begin.length > 0 ? Buffer.concat([begin, chunk]) : chunk;
    if (begin.length < 3 && mayBeMark(begin)) continue; // a mark may still be complete
    isOpen = false;
    decode = first().name === UTF8.name ? undefined : decoderOf(first(), name);
    yield decode ? Buffer.from(decode(begin, false)) : begin;
  }
  if (isOpen && begin.length > 0) {
    decode = first().name === UTF8.name ? undefined : decoderOf(first(), name);
    yield decode ? Buffer.from(decode(begin, false)) : begin;
  }
  if (decode) yield Buffer.from(decode(new Uint8Array(0), true));
}

const mayBeMark = ([a, b]: Uint8Array): boolean =>
  b === undefined ? a === 0xff || a === 0xfe || a === 0xef : a === 0xef && b === 0xbb;

/**
 * Decodes piece by piece. Tables of one byte are iconv-lite's: those of Node.js 20 lack windows-1252's dashes and quotation
 * marks. @throws FailedError for bytes that are not in it
 */
function decoderOf({ name }: Encoding, file: string): (bytes: Uint8Array, last: boolean) => string {
  const refuse = () =>
    new FailedError(`${file} is not ${name}: some of its bytes have no meaning there. Give the right --encoding.`);
  if (/^(?:windows-|iso-8859-|koi8|macintosh|ibm|x-mac)/.test(name)) {
    const decoder = iconv.getDecoder(name);
    return (bytes, last) => {
      const text = decoder.write(Buffer.from(bytes)) + (last ? (decoder.end() ?? '') : '');
      if (text.includes('\ufffd')) throw refuse();
      return text;
    };
  }
  const decoder = new TextDecoder(name, { fatal: true });
  return (bytes, last) => {
    try {
      return decoder.decode(bytes, { stream: !last });
    } catch {
      throw refuse();
    }
  };
}

/** The whole text of bytes, with a mark of UTF-8 as it is. @throws FailedError */
export function decodeAll(bytes: Uint8Array, name: string, encoding: Encoding | undefined): string {
  const own = marked(bytes) ?? encoding ?? UTF8;
  if (own.name !== UTF8.name) return decoderOf(own, name)(bytes, false) + decoderOf(own, name)(new Uint8Array(0), true);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FailedError(`${name} is not UTF-8. ${NAME_IT}`, { cause });
  }
}

/** The remedy for a file that is not UTF-8. */
export const NAME_IT = 'Say what it is, for example --encoding windows-1252, or save it as UTF-8.';

/** Writes texts one after another. */
export type Encoder = {
  encode(text: string): Uint8Array;
  /** A text in which `instead` writes the characters that the encoding lacks; without it they become question marks. */
  fit(text: string, instead?: (codePoint: number) => string): string;
  /** How many have become question marks. */
  lost(): number;
};

export function encoderOf({ name }: Encoding): Encoder {
  let lost = 0;
  let isFirst = true;
  const isUnicode = /^utf-|^gb18030$/.test(name);
  const known = new Map<string, boolean>();
  const has = (letter: string): boolean => {
    const found = known.get(letter) ?? iconv.decode(iconv.encode(letter, name), name) === letter;
    known.set(letter, found);
    return found;
  };
  return {
    lost: () => lost,
    fit(text, instead) {
      if (isUnicode) return text;
      return text
        .replace(/^\ufeff/, '')
        .normalize('NFC')
        .replace(/[^\0-\x7f]/gu, (letter) => {
          if (has(letter)) return letter;
          if (instead) return instead(letter.codePointAt(0) as number);
          lost++;
          return '?';
        });
    },
    encode(text) {
      const isMarked = !isFirst || !name.startsWith('utf-16') || text.startsWith('\ufeff');
      if (text !== '') isFirst = false;
      return iconv.encode(isMarked || text === '' ? text : `\ufeff${text}`, name, { addBOM: false });
    },
  };
}
