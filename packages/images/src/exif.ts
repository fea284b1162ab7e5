import { type ImageFormat, jpegSegments } from './header.ts';

/**
 * A copy of the file in which readers no longer find EXIF data, because browsers always apply its orientation. One byte of each
 * block's name is cleared (JPEG, WebP), or of its content, which then fails its checksum (PNG).
 */
export function maskExif(format: ImageFormat, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const masked = new Uint8Array(bytes);
  for (const { mask } of blocks(format, new DataView(masked.buffer))) masked[mask] = 0;
  return masked;
}

/** How the image is to be turned, 1 to 8, by its first EXIF block (TIFF 6.0, tag 274); 1 if it does not say. */
export function readOrientation(format: ImageFormat, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    for (const { content } of blocks(format, view)) return orientationAt(view, content);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // a block that ends early says nothing
  }
  return 1;
}

const ORIENTATION = 0x0112;
const SHORT = 3;

function orientationAt(view: DataView, start: number): number {
  const tiff = name(view, start) === 'Exif' ? start + 6 : start; // some WebP files repeat JPEG's prefix
  const little = view.getUint16(tiff) === 0x4949;
  if (view.getUint16(tiff + 2, little) !== 42) return 1;
  const directory = tiff + view.getUint32(tiff + 4, little);
  const count = view.getUint16(directory, little);
  for (let i = 0, at = directory + 2; i < count; i++, at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION || view.getUint16(at + 2, little) !== SHORT) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** An EXIF block: the byte that hides it from readers, and where its content begins. */
type Block = { readonly mask: number; readonly content: number };

/** A damaged file ends the search early; its decoder will report it. */
function* blocks(format: ImageFormat, view: DataView): Generator<Block> {
  try {
    yield* blocksOf[format](view);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
  }
}

/** Where each format keeps its EXIF blocks. */
const blocksOf: Record<ImageFormat, (view: DataView) => Generator<Block>> = {
  *jpeg(view) {
    for (const { marker, at } of jpegSegments(view))
      if (marker === 0xe1 && name(view, at + 2) === 'Exif') yield { mask: at + 2, content: at + 8 };
  },
  *png(view) {
    for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
      if (name(view, at + 4) === 'eXIf') yield { mask: at + 8, content: at + 8 };
    }
  },
  *webp(view) {
    for (let at = 12; at + 8 <= view.byteLength; ) {
      const size = view.getUint32(at + 4, true);
      if (name(view, at) === 'EXIF') yield { mask: at, content: at + 8 };
      at += 8 + size + (size % 2);
    }
  },
};

const name = (view: DataView, at: number) =>
  String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
