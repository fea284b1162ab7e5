import { checkCount, checkImage, type Image, refuse } from './image.ts';
import type { Box } from './resize.ts';

/** The `width` × `height` pixels starting at (left, top). What lies outside the image is black. */
export function crop(image: Image, left: number, top: number, width: number, height: number): Image {
  checkImage(image);
  if (!Number.isSafeInteger(left) || !Number.isSafeInteger(top))
    refuse('bad-argument', `left and top must be integers; got ${left} and ${top}.`);
  checkCount('width', width);
  checkCount('height', height);
  return cropWith(image, { left, top, width, height }, (part) => ({ ...image, ...rowsOf(image, part) }));
}

/** A crop of an image of which `take` gives any part that lies inside. */
export function cropWith(
  image: Pick<Image, 'width' | 'height' | 'channels'>,
  { left, top, width, height }: Box,
  take: (part: Box) => Image,
): Image {
  const { channels } = image;
  const [x0, x1] = [Math.max(0, left), Math.min(image.width, left + width)];
  const [y0, y1] = [Math.max(0, top), Math.min(image.height, top + height)];
  const data = new Uint8Array(width * height * channels);
  if (x0 >= x1 || y0 >= y1) return { width, height, channels, data };
  const part = take({ left: x0, top: y0, width: x1 - x0, height: y1 - y0 });
  if (part.width === width && part.height === height) return part;
  const row = part.width * channels;
  for (let y = 0; y < part.height; y++) {
    data.set(part.data.subarray(y * row, (y + 1) * row), ((y + y0 - top) * width + x0 - left) * channels);
  }
  return { width, height, channels, data };
}

/** The pixels of a part that lies inside, copied. */
function rowsOf({ width: across, channels, data }: Image, { left, top, width, height }: Box) {
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * across + left) * channels;
    out.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, data: out };
}

/** The middle, as torchvision's `CenterCrop`: smaller images get a black border. */
export function centerCrop(image: Image, width: number, height: number = width): Image {
  const box = centerBox(image, width, height);
  return crop(image, box.left, box.top, width, height);
}

/** Where the middle is. */
export function centerBox(image: Pick<Image, 'width' | 'height'>, width: number, height: number): Box {
  checkCount('width', width);
  checkCount('height', height);
  return { left: middle(image.width, width), top: middle(image.height, height), width, height };
}

function middle(length: number, size: number): number {
  const half = (length - size) / 2;
  if (half < 0 || Number.isInteger(half)) return Math.ceil(half); // the border's odd pixel goes to the right or bottom
  return 2 * Math.round(half / 2); // Python rounds halves to even
}

/** Mirrors left and right. */
export function flip(image: Image): Image {
  checkImage(image);
  const { width, height, channels, data } = image;
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [to, from] = [(y * width + x) * channels, (y * width + width - 1 - x) * channels];
      for (let c = 0; c < channels; c++) out[to + c] = data[from + c]!;
    }
  }
  return { width, height, channels, data: out };
}
