import type { Image } from './image.ts';

/** Output pixel (x, y) is the input's at (a·x + b·y + c, d·x + e·y + f), measured between pixel centres. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Nearest pixels, outside black, in 16.16 fixed point as Pillow's `Image.transform` for images below 32,768 pixels a side. */
export function affine({ width, height, channels, data }: Image, [a, b, c, d, e, f]: Affine): Image {
  const out = new Uint8Array(data.length);
  const [dx, dy, sx, sy] = [fixed(a), fixed(d), fixed(b), fixed(e)];
  const [left, top] = [fixed(c + a * 0.5 + b * 0.5), fixed(f + d * 0.5 + e * 0.5)];
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += channels) {
      const fromX = Math.floor((left + sx * y + dx * x) / 65536);
      const fromY = Math.floor((top + sy * y + dy * x) / 65536);
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue;
      const from = (fromY * width + fromX) * channels;
      for (let k = 0; k < channels; k++) out[to + k] = data[from + k]!;
    }
  }
  return { width, height, channels, data: out };
}

/** Turns about the middle, counter-clockwise, in degrees, as Pillow's `Image.rotate`. */
export function rotate(image: Image, degrees: number): Image {
  const angle = (-degrees * Math.PI) / 180;
  // to 15 digits, so that right angles are exact; with 16 bits after the point, engines agree
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)].map((v) => Math.round(v * 1e15) / 1e15) as [number, number];
  const [x, y] = [image.width / 2, image.height / 2];
  return affine(image, [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y]);
}

const fixed = (value: number) => Math.floor(value * 65536 + 0.5);
