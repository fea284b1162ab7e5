import type { ImageFormat } from './header.ts';

/** Red, green, blue, alpha of every pixel, by the browser's own decoders. */
export async function decodePixels(format: ImageFormat, bytes: Uint8Array): Promise<ArrayLike<number>> {
  const blob = new Blob([new Uint8Array(bytes)], { type: `image/${format}` });
  const bitmap = await createImageBitmap(blob, {
    imageOrientation: 'none',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('the browser gives no 2d context');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  } finally {
    bitmap.close();
  }
}
