import type { ImageFormat } from './header.ts';

/**
 * A copy of the file in which readers no longer find EXIF data, because browsers always apply its orientation. One byte of each block's name is cleared (JPEG, WebP), or of its content, which then fails its checksum (PNG).
 */
export function maskExif(format: ImageFormat, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const masked = new Uint8Array(bytes);
  for (const at of places[format](new DataView(masked.buffer))) masked[at] = 0;
  return masked;
}

/** Where each format keeps its EXIF blocks. A damaged file ends the search early; its decoder will report it. */
const places: Record<ImageFormat, (view: DataView) => Generator<number>> = {
  *jpeg(view) {
    for (let at = 2; at + 8 <= view.byteLength && view.getUint8(at) === 0xff; ) {
      const marker = view.getUint8(at + 1);
      if (marker === 0xda) return; // the scan begins
      if (marker === 0xe1 && name(view, at + 4) === 'Exif') yield at + 4;
      at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
    }
  },
  *png(view) {
    for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
      if (name(view, at + 4) === 'eXIf') yield at + 8;
    }
  },
  *webp(view) {
    for (let at = 12; at + 8 <= view.byteLength; ) {
      const size = view.getUint32(at + 4, true);
      if (name(view, at) === 'EXIF') yield at;
      at += 8 + size + (size % 2);
    }
  },
};

const name = (view: DataView, at: number) =>
  String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
