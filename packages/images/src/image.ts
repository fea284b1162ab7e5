import { type ErrorCode, RingformerError } from '@ringformer/core/base';

/** An 8-bit image, row after row: channel c at (x, y) is `data[(y · width + x) · channels + c]`. */
export type Image = {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 3: red, green, blue */
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
};

/** Larger images are refused unless a limit is given. */
export const MAX_PIXELS = 0x40000000 / 12; // a quarter of a GiB of RGB, as Pillow has it

/** Throws; a package's errors all begin alike. */
export function refuse(code: ErrorCode, message: string, cause?: unknown): never {
  throw new RingformerError(code, `[ringformer/images] ${message}`, { cause });
}

/** Throws 'bad-argument' unless `value` is an integer of at least `least`. */
export function checkCount(name: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least)
    refuse('bad-argument', `${name} must be an integer of ${least} or more; got ${value}.`);
}

/** Throws 'bad-shape' unless the data are as long as the sizes say. */
export function checkImage({ width, height, channels, data }: Image): void {
  checkCount('width', width);
  checkCount('height', height);
  if ((channels !== 1 && channels !== 3) || data.length !== width * height * channels) {
    refuse(
      'bad-shape',
      `An image of ${width} × ${height} needs ${width * height} bytes (1 channel) or ${width * height * 3} (3 channels); ` +
        `got ${data.length} and channels ${channels}.`,
    );
  }
}

/** Luma by ITU-R 601, rounded as Pillow's `convert('L')` does. Grey images stay as they are. */
export function grayscale(image: Image): Image {
  const { width, height, channels, data } = image;
  if (channels === 1) return image;
  const gray = new Uint8Array(width * height);
  for (let i = 0; i < gray.length; i++) {
    const [r, g, b] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
    gray[i] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data: gray };
}

/** Grey becomes three equal channels. Colour images stay as they are. */
export function rgb(image: Image): Image {
  const { width, height, channels, data } = image;
  if (channels === 3) return image;
  const colour = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) colour.fill(data[i]!, 3 * i, 3 * i + 3);
  return { width, height, channels: 3, data: colour };
}
