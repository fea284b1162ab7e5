import { mistakenFor } from '@ringformer/core/base';
import { refuse } from './image.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp';
export type ImageHeader = { readonly format: ImageFormat; readonly width: number; readonly height: number };

/** What a codec gives: red, green, blue, alpha of every pixel. */
export type Pixels = { readonly width: number; readonly height: number; readonly data: ArrayLike<number> };

/**
 * Format and size as a file's first bytes state them; the name of the file plays no part.
 * @throws RingformerError 'bad-file' if the format is unknown or the file is damaged.
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const header = jpeg(view) ?? png(view) ?? webp(view);
    if (header && header.width > 0 && header.height > 0) return header;
    if (header) refuse('bad-file', `The ${header.format} file states a size of ${header.width} × ${header.height}.`);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    refuse('bad-file', `The image file ends within its header, after ${bytes.length} bytes.`, cause);
  }
  return refuse('bad-file', `Expected a JPEG, PNG or WebP image, but this ${found(bytes)}.`);
}

/**
 * The marker segments of a JPEG file up to its scan: each marker and where its length stands. As in libjpeg, stray bytes
 * before a marker are skipped. (ITU-T T.81, annex B)
 * @throws RangeError if the file ends first
 */
export function* jpegSegments(view: DataView): Generator<{ readonly marker: number; readonly at: number }> {
  for (let at = 2; ; ) {
    while (view.getUint8(at) !== 0xff) at++;
    while (view.getUint8(at) === 0xff) at++; // it may be repeated before a marker
    const marker = view.getUint8(at++);
    if (marker === 0) continue; // 0xff as data, among stray bytes
    yield { marker, at };
    if (marker === SCAN || marker === END) return;
    const hasLength = marker !== 1 && !(marker >= 0xd0 && marker <= 0xd8);
    if (hasLength) at += Math.max(2, view.getUint16(at));
  }
}

const [SCAN, END] = [0xda, 0xd9];

function jpeg(view: DataView): ImageHeader | undefined {
  if (view.byteLength < 3 || view.getUint16(0) !== 0xffd8 || view.getUint8(2) !== 0xff) return undefined;
  for (const { marker, at } of jpegSegments(view)) {
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (!isFrame) continue;
    if (view.getUint8(at + 7) === 4)
      refuse('bad-file', 'The JPEG file has four inks (CMYK): save it as RGB, then try again.');
    return { format: 'jpeg', height: view.getUint16(at + 3), width: view.getUint16(at + 5) };
  }
  return refuse('bad-file', 'The JPEG file has no frame header: it is damaged.');
}

/** PNG (ISO/IEC 15948), 5.2 and 11.2.2: the signature, then IHDR. */
function png(view: DataView): ImageHeader | undefined {
  if (view.byteLength < 8 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return undefined;
  if (view.getUint32(12) !== fourCC('IHDR'))
    refuse('bad-file', 'The PNG file does not begin with IHDR: it is damaged.');
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** RFC 9649: RIFF, WEBP, then a chunk of the lossy, the lossless or the extended format. */
function webp(view: DataView): ImageHeader | undefined {
  if (view.byteLength < 12 || view.getUint32(0) !== fourCC('RIFF') || view.getUint32(8) !== fourCC('WEBP'))
    return undefined;
  const chunk = view.getUint32(12);
  const format = 'webp';
  if (chunk === fourCC('VP8 '))
    return { format, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === fourCC('VP8L')) {
    const bits = view.getUint32(21, true);
    return { format, width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  if (chunk !== fourCC('VP8X')) refuse('bad-file', 'The WebP file does not begin with image data: it is damaged.');
  if (view.getUint8(20) & 2) refuse('bad-file', 'The WebP file is an animation; expected a single image.');
  const uint24 = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  return { format, width: uint24(24) + 1, height: uint24(27) + 1 };
}

const fourCC = (name: string) => [...name].reduce((code, letter) => code * 256 + letter.charCodeAt(0), 0);

/** How other formats begin. */
const OTHERS: Readonly<Record<string, string>> = {
  '47494638': 'GIF',
  '424d': 'BMP',
  '49492a00': 'TIFF',
  '4d4d002a': 'TIFF',
};

/** What stands in the place of an image, and what to do about it. */
function found(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'file is empty';
  const text = String.fromCharCode(...bytes.subarray(0, 512));
  if (text.includes('<svg')) return 'is an SVG drawing. Convert it first';
  if (/^(heic|heix|mif1|msf1|hevc)/.test(text.slice(8)) && text.slice(4, 8) === 'ftyp')
    return 'is a HEIC. Convert it first';
  if (text.slice(4, 12).startsWith('ftypavi')) return 'is an AVIF. Convert it first';
  const mistaken = mistakenFor(bytes);
  if (mistaken) return `is ${mistaken.replace(/\.$/, '')}`;
  const pairs = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  const start = pairs.join('');
  const other = Object.keys(OTHERS).find((signature) => start.startsWith(signature));
  return other ? `is a ${OTHERS[other]}. Convert it first` : `file begins with ${pairs.join(' ')}`;
}
