import { kindOf } from '@ringformer/core/base';
import { decodePixels } from '#codecs';
import { readImageHeader } from './header.ts';
import { checkCount, type Image, refuse } from './image.ts';

export type DecodeOptions = {
  /** Larger images are refused before they are decoded. By default Pillow's limit, 89,478,485 pixels. */
  readonly maxPixels?: number;
};

const MAX_PIXELS = 0x40000000 / 12; // a quarter of a GiB of RGB, as Pillow has it

/**
 * The pixels of a JPEG, PNG or WebP file as Pillow's `convert('RGB')` gives them: transparency is dropped, EXIF
 * orientation and colour profiles are not applied, 16-bit channels keep their high byte.
 *
 * Node.js decodes with libjpeg, libwebp and the png crate in WebAssembly, bit for bit as Pillow does. A browser uses its own
 * decoder: JPEGs may differ by a few levels, and transparent pixels lose colour.
 * @throws RingformerError 'bad-file' on other formats, damaged files, animations, CMYK and images above `maxPixels`.
 */
export async function decodeImage(bytes: Uint8Array, { maxPixels = MAX_PIXELS }: DecodeOptions = {}): Promise<Image> {
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
    return refuse(
      'bad-file',
      `The ${format} file of ${width} × ${height} cannot be decoded (${why}): it is damaged.`,
      cause,
    );
  });
  if (pixels.width !== width || pixels.height !== height) {
    const found = `${pixels.width} × ${pixels.height}`;
    refuse('bad-file', `The ${format} file states ${width} × ${height} but holds ${found}: it is damaged.`);
  }
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = pixels.data[from]!;
    data[to + 1] = pixels.data[from + 1]!;
    data[to + 2] = pixels.data[from + 2]!;
  }
  return { width, height, channels: 3, data };
}
