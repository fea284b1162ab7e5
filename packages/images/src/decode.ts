import { kindOf } from '@ringformer/core/base';
import { decodePixels } from '#codecs';
import { readOrientation } from './exif.ts';
import { readImageHeader } from './header.ts';
import { checkCount, type Image, MAX_PIXELS, refuse } from './image.ts';
import { opaque, turn } from './upright.ts';

export type DecodeOptions = {
  /** Larger images are refused before they are decoded. By default Pillow's limit, 89,478,485 pixels. */
  readonly maxPixels?: number;
  /**
   * The pixels as stored: EXIF orientation is ignored, and transparency dropped, as in Pillow's `convert('RGB')`. By default
   * the image is turned upright and transparent parts become white.
   */
  readonly raw?: boolean;
};

/**
 * The pixels of a JPEG, PNG or WebP file as a page shows them on white: turned as EXIF's orientation says, transparency blended
 * with white. Colour profiles are not applied; 16-bit channels keep their high byte.
 *
 * Node.js decodes with libjpeg, libwebp and the png crate in WebAssembly: with `raw`, bit for bit as Pillow does. A browser uses
 * its own decoder: JPEGs may differ by a few levels, and raw transparent pixels lose colour.
 * @throws RingformerError 'bad-file' on other formats, damaged files, animations, CMYK and images above `maxPixels`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  { maxPixels = MAX_PIXELS, raw = false }: DecodeOptions = {},
): Promise<Image> {
  if (!(bytes instanceof Uint8Array)) {
    refuse('bad-argument', `Expected the bytes of an image file, a Uint8Array, got ${kindOf(bytes)}.`);
  }
  checkCount('maxPixels', Math.floor(maxPixels));
  const { format, width, height } = readImageHeader(bytes);
  if (width * height > maxPixels) {
    refuse(
      'bad-file',
      `The image is ${width} × ${height}, more than maxPixels (${Math.floor(maxPixels)}). Raise the limit if you trust it.`,
    );
  }
  const pixels = await decodePixels(format, bytes).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const said = /unwrap|unreachable/.test(why) ? '' : ` (${why})`; // the png crate's reason is lost in WebAssembly
    return refuse(
      'bad-file',
      `The ${format} file of ${width} × ${height} cannot be decoded${said}: it is damaged.`,
      cause,
    );
  });
  if (pixels.width !== width || pixels.height !== height) {
    const found = `${pixels.width} × ${pixels.height}`;
    refuse('bad-file', `The ${format} file states ${width} × ${height} but holds ${found}: it is damaged.`);
  }
  const image = opaque(pixels, !raw);
  return raw ? image : turn(image, readOrientation(format, bytes));
}
