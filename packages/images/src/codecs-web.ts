import { maskExif } from './exif.ts';
import type { ImageFormat, Pixels } from './header.ts';

/** Decodes with the browser's own decoder. */
export async function decodePixels(format: ImageFormat, bytes: Uint8Array): Promise<Pixels> {
  const blob = new Blob([maskExif(format, bytes)], { type: `image/${format}` });
  const bitmap = await createImageBitmap(blob, {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('the browser gives no 2d context');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}
