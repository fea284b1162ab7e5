import { checkCount, checkImage, type Image, refuse } from './image.ts';

/** The `width` × `height` pixels starting at (left, top). What lies outside the image is black. */
export function crop(image: Image, left: number, top: number, width: number, height: number): Image {
  checkImage(image);
  if (!Number.isSafeInteger(left) || !Number.isSafeInteger(top))
    refuse('bad-argument', `left and top must be integers; got ${left} and ${top}.`);
  checkCount('width', width);
  checkCount('height', height);
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  const [x0, x1] = [Math.max(0, left), Math.min(image.width, left + width)];
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height) && x0 < x1; y++) {
    const row = image.data.subarray((y * image.width + x0) * channels, (y * image.width + x1) * channels);
    data.set(row, ((y - top) * width + x0 - left) * channels);
  }
  return { width, height, channels, data };
}

/** The middle, as torchvision's `CenterCrop`: smaller images get a black border. */
export function centerCrop(image: Image, width: number, height: number = width): Image {
  return crop(image, middle(image.width, width), middle(image.height, height), width, height);
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
