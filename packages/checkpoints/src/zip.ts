// By hand, although fflate reads zips too: a checkpoint is often larger than half the memory, and fflate copies every
// file out of the archive, while these are views. It also checks nothing but signatures: a damaged archive gives it
// shorter files, and an encrypted one gives noise, where weights must be complete or refused.
import { RingformerError } from '@ringformer/core/base';

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** The length of an end record; a comment may follow it. */
const END_SIZE = 22;
const MOST_COMMENT = 0xffff;

/**
 * The files of a zip archive (PKWARE's APPNOTE, 4.3), as views of its bytes. PyTorch compresses nothing: neither does this.
 * @throws RingformerError 'bad-checkpoint' if the archive is damaged, compressed or encrypted.
 */
export function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start } = findDirectory(view);
  const files = new Map<string, Uint8Array>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (!fits(view, at, 46) || view.getUint32(at, true) !== ENTRY) throw damaged(`its directory ends at entry ${i}`);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((k) => view.getUint16(at + k, true)) as [
      number,
      number,
      number,
    ];
    const size = 46 + nameSize + extraSize + commentSize;
    if (!fits(view, at, size)) throw damaged(`its directory ends at entry ${i}`);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameSize));
    if (flags & 1) throw damaged(`${name} is encrypted`);
    if (method !== 0) throw damaged(`${name} is compressed (method ${method}), which PyTorch's files are not`);
    const sizes = {
      stored: view.getUint32(at + 20, true),
      whole: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    widen(view, at + 46 + nameSize, extraSize, sizes);
    if (sizes.stored !== sizes.whole) throw damaged(`${name} has ${sizes.stored} bytes; expected ${sizes.whole}`);
    files.set(name, contents(bytes, view, name, sizes.offset, sizes.stored));
    at += size;
  }
  return files;
}

/** True if the bytes begin like a zip archive. */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length > 3 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

function findDirectory(view: DataView): { count: number; start: number } {
  const first = Math.max(0, view.byteLength - END_SIZE - MOST_COMMENT);
  for (let at = view.byteLength - END_SIZE; at >= first; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const [count, start] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    if (count !== 0xffff && start !== 0xffffffff) return { count, start };
    return findDirectory64(view, at - 20);
  }
  throw damaged('it has no directory: perhaps its end is missing');
}

function findDirectory64(view: DataView, locator: number): { count: number; start: number } {
  if (!fits(view, locator, 20) || view.getUint32(locator, true) !== LOCATOR_64) throw damaged('its directory is lost');
  const at = wide(view, locator + 8);
  if (!fits(view, at, 56) || view.getUint32(at, true) !== END_64) throw damaged('its directory is lost');
  return { count: wide(view, at + 32), start: wide(view, at + 48) };
}

/** Sizes beyond 32 bits are in an extra field, in this order, each only if the short one is full. */
function widen(
  view: DataView,
  start: number,
  length: number,
  sizes: { stored: number; whole: number; offset: number },
): void {
  for (let at = start; at + 4 <= start + length; ) {
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    const end = at + 4 + size;
    if (id === 1 && end <= start + length) {
      let from = at + 4;
      for (const key of ['whole', 'stored', 'offset'] as const) {
        if (sizes[key] !== 0xffffffff || from + 8 > end) continue;
        sizes[key] = wide(view, from);
        from += 8;
      }
    }
    at = end;
  }
}

function contents(bytes: Uint8Array, view: DataView, name: string, offset: number, size: number): Uint8Array {
  if (!fits(view, offset, 30) || view.getUint32(offset, true) !== LOCAL)
    throw damaged(`${name} is not where it should be`);
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (!fits(view, start, size)) throw damaged(`${name} goes beyond its end`);
  return bytes.subarray(start, start + size);
}

const fits = (view: DataView, at: number, size: number) => at >= 0 && size >= 0 && at + size <= view.byteLength;

/** 64 bits; beyond 2⁵³ it cannot be a position in a file. */
const wide = (view: DataView, at: number) => Number(view.getBigUint64(at, true));

const damaged = (why: string) =>
  new RingformerError('bad-checkpoint', `[ringformer/checkpoints] The zip archive cannot be read: ${why}.`);
