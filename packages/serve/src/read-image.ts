import { decodeImage, readImageHeader, type Transform, transformImage } from '@ringformer/images';
import { Refusal } from './failure.ts';

/** The most pixels of an image: decoded, it takes four bytes each. */
const MOST_PIXELS = 2 ** 24;

export type ReadImageOptions = {
  readonly transform: Transform;
  /** Dark shapes on white become light shapes on black. */
  readonly invert: boolean;
};

/** The pixels of a JPEG, PNG or WebP file as a classifier takes them. @throws Refusal 413; RingformerError 'bad-file' */
export async function readImage(bytes: Uint8Array, { transform, invert }: ReadImageOptions): Promise<Float32Array> {
  const { width, height } = readImageHeader(bytes);
  if (width * height > MOST_PIXELS)
    throw new Refusal(
      413,
      'too-large',
      `The image is ${width} × ${height}; this server takes ${MOST_PIXELS} pixels. Make it smaller.`,
    );
  const decoded = await decodeImage(bytes, { maxPixels: MOST_PIXELS });
  const seen = invert ? { ...decoded, data: decoded.data.map((x) => 255 - x) } : decoded;
  return transformImage(seen, transform, 0).data;
}
