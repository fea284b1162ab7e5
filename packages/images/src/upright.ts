import type { Pixels } from './header.ts';
import type { Image } from './image.ts';

/** For each EXIF orientation from 2, the stored column and row of the pixel that is shown at (x, y). */
const SHOWN: Readonly<Record<number, (x: number, y: number, right: number, bottom: number) => [number, number]>> = {
  2: (x, y, right) => [right - x, y],
  3: (x, y, right, bottom) => [right - x, bottom - y],
  4: (x, y, _, bottom) => [x, bottom - y],
  5: (x, y) => [y, x],
  6: (x, y, _, bottom) => [y, bottom - x],
  7: (x, y, right, bottom) => [right - y, bottom - x],
  8: (x, y, right) => [right - y, x],
};

/** The image turned and mirrored as EXIF's orientation says, 1 to 8. */
export function turn(image: Image, orientation: number): Image {
  const shown = SHOWN[orientation];
  if (!shown) return image;
  const { channels, data } = image;
  const [width, height] = orientation > 4 ? [image.height, image.width] : [image.width, image.height];
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = shown(x, y, image.width - 1, image.height - 1);
      const from = (row * image.width + column) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c]!;
    }
  }
  return { width, height, channels, data: out };
}

/** Red, green and blue as they look on white, or without their transparency. */
export function opaque({ width, height, data }: Pixels, onWhite: boolean): Image {
  const out = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < out.length; from += 4) {
    const alpha = onWhite ? data[from + 3]! : 255;
    for (let c = 0; c < 3; c++) {
      const value = data[from + c]!;
      out[to++] = alpha === 255 ? value : Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return { width, height, channels: 3, data: out };
}
