import { randomUniform } from '@ringformer/core/base';
import { crop } from './crop.ts';
import { checkCount, type Image, refuse } from './image.ts';
import { type Box, type ResizeFilter, resize } from './resize.ts';

export type RandomCropOptions = {
  /** Black pixels added to each side first; none by default. */
  readonly padding?: number;
};

export type RandomResizedCropOptions = {
  /** Smallest and largest part of the image's area; by default 0.08 and 1. */
  readonly scale?: readonly [number, number];
  /** Smallest and largest width : height; by default 3 / 4 and 4 / 3. */
  readonly ratio?: readonly [number, number];
  readonly filter?: ResizeFilter;
};

const ATTEMPTS = 10;

/**
 * A square of side `size` from anywhere in the image, as torchvision's `RandomCrop`.
 * @throws RingformerError 'bad-shape' if the image and its padding are smaller.
 */
export function randomCrop(image: Image, size: number, seed: number, options: RandomCropOptions = {}): Image {
  const { left, top } = randomBox(image, size, seed, options);
  return crop(image, left, top, size, size);
}

/** Where a random crop is. @throws as `randomCrop` */
export function randomBox(
  image: Pick<Image, 'width' | 'height'>,
  size: number,
  seed: number,
  { padding = 0 }: RandomCropOptions,
): Box {
  checkCount('size', size);
  checkCount('padding', padding, 0);
  const [roomX, roomY] = [image.width + 2 * padding - size, image.height + 2 * padding - size];
  if (roomX < 0 || roomY < 0) {
    const given = `The image is ${image.width} × ${image.height} with padding ${padding}`;
    refuse('bad-shape', `${given}, too small for a crop of ${size}. Resize it first, or pad more.`);
  }
  const [x, y] = randomUniform(2, seed) as unknown as [number, number];
  return {
    left: Math.floor(x * (roomX + 1)) - padding,
    top: Math.floor(y * (roomY + 1)) - padding,
    width: size,
    height: size,
  };
}

/**
 * A part of random area and shape, resized to a square of side `size`, as torchvision's `RandomResizedCrop`: ten attempts at a
 * part that fits, then the largest in the middle of a permitted shape.
 */
export function randomResizedCrop(
  image: Image,
  size: number,
  seed: number,
  { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], filter = 'bilinear' }: RandomResizedCropOptions = {},
): Image {
  checkRange('scale', scale);
  checkRange('ratio', ratio);
  const { width: w, height: h } = image;
  const part = (left: number, top: number, width: number, height: number) =>
    resize(crop(image, left, top, width, height), size, size, filter);
  const draws = randomUniform(4 * ATTEMPTS, seed);
  for (let i = 0; i < draws.length; i += 4) {
    const [area, shape, x, y] = draws.subarray(i, i + 4) as unknown as [number, number, number, number];
    const target = w * h * (scale[0] + area * (scale[1] - scale[0]));
    const aspect = ratio[0] * power(ratio[1] / ratio[0], shape);
    const [width, height] = [Math.round(Math.sqrt(target * aspect)), Math.round(Math.sqrt(target / aspect))];
    if (width > 0 && width <= w && height > 0 && height <= h)
      return part(Math.floor(x * (w - width + 1)), Math.floor(y * (h - height + 1)), width, height);
  }
  const width = Math.min(w, Math.max(1, Math.round(h * ratio[1])));
  const height = Math.min(h, Math.max(1, Math.round(w / ratio[0])));
  return part((w - width) >> 1, (h - height) >> 1, width, height);
}

/** base^u for u in [0, 1) with 24 bits, by square roots, which are exact everywhere: Math.pow differs between engines. */
function power(base: number, u: number): number {
  let result = 1;
  for (let root = base, rest = u; rest > 0; ) {
    root = Math.sqrt(root);
    rest *= 2;
    if (rest < 1) continue;
    result *= root;
    rest -= 1;
  }
  return result;
}

function checkRange(name: string, [low, high]: readonly [number, number]): void {
  if (!(low > 0 && low <= high && high < Infinity))
    refuse('bad-argument', `${name} must be two numbers above 0 in order; got ${low} and ${high}.`);
}
