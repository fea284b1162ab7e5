import { grayscale, type Image, rgb } from './image.ts';

/** Replaces each value by a table's, one table for each channel. */
function lookUp(image: Image, tables: readonly Uint8Array[]): Image {
  const { channels, data } = image;
  const out = new Uint8Array(data.length);
  tables.forEach((table, c) => {
    for (let i = c; i < data.length; i += channels) out[i] = table[data[i]!] as number;
  });
  return { ...image, data: out };
}

/** The same table for every channel. `entry` gives numbers that are cut to 0…255 and truncated. */
function lookUpAll(image: Image, entry: (value: number) => number): Image {
  const table = makeTable(entry);
  return lookUp(image, Array(image.channels).fill(table));
}

const makeTable = (entry: (value: number) => number) =>
  Uint8Array.from({ length: 256 }, (_, value) => Math.min(255, Math.max(0, entry(value))));

/** from + factor · (to − from) in float32, cut and truncated, as Pillow's `Image.blend`. */
function blended(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(Math.fround(factor) * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

function blend(from: Uint8Array, to: Image, factor: number): Image {
  const data = new Uint8Array(from.length);
  for (let i = 0; i < data.length; i++) data[i] = blended(from[i]!, to.data[i]!, factor);
  return { ...to, data };
}

// Pillow's ImageEnhance: factor 1 is the image itself, 0 black, grey, even or smooth.

export const brightness = (image: Image, factor: number): Image =>
  lookUpAll(image, (value) => blended(0, value, factor));

export const saturation = (image: Image, factor: number): Image =>
  image.channels === 1 ? image : blend(rgb(grayscale(image)).data, image, factor);

export function contrast(image: Image, factor: number): Image {
  const { data } = grayscale(image);
  let sum = 0;
  for (const value of data) sum += value;
  const mean = Math.floor(sum / data.length + 0.5);
  return lookUpAll(image, (value) => blended(mean, value, factor));
}

export const sharpness = (image: Image, factor: number): Image => blend(smooth(image), image, factor);

/** Each pixel with a weight of 5, its eight neighbours with 1, by 13, rounded; the border as it is. */
function smooth({ width, height, channels, data }: Image): Uint8Array {
  const out = new Uint8Array(data); // a Buffer's slice() would not copy
  const row = width * channels;
  const near = [-row - channels, -row, -row + channels, -channels, channels, row - channels, row, row + channels];
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * row + channels; at < (y + 1) * row - channels; at++) {
      let sum = 5 * data[at]!;
      for (const offset of near) sum += data[at + offset]!;
      out[at] = (2 * sum + 13) / 26;
    }
  }
  return out;
}

// Pillow's ImageOps.

/** Keeps the highest `bits` of each value. */
export const posterize = (image: Image, bits: number): Image =>
  lookUpAll(image, (value) => value & (0xff << (8 - bits)));

/** Inverts values from `threshold` on. */
export const solarize = (image: Image, threshold: number): Image =>
  lookUpAll(image, (value) => (value < threshold ? value : 255 - value));

/** Stretches each channel over 0…255. */
export function autoContrast(image: Image): Image {
  const tables = histograms(image).map((counts) => {
    const [low, high] = [counts.findIndex((n) => n > 0), counts.findLastIndex((n) => n > 0)];
    const scale = 255 / (high - low);
    return makeTable(high <= low ? (value) => value : (value) => Math.trunc(value * scale - low * scale));
  });
  return lookUp(image, tables);
}

/** Makes the values of each channel about equally frequent. */
export function equalize(image: Image): Image {
  const tables = histograms(image).map((counts) => {
    const last = counts[counts.findLastIndex((n) => n > 0)]!;
    const step = Math.floor((image.width * image.height - last) / 255);
    let below = Math.floor(step / 2);
    return makeTable((value) => {
      if (step === 0) return value;
      const level = Math.floor(below / step);
      below += counts[value]!;
      return level;
    });
  });
  return lookUp(image, tables);
}

/** How often each value occurs, by channel. */
function histograms({ channels, data }: Image): Uint32Array[] {
  return Array.from({ length: channels }, (_, c) => {
    const counts = new Uint32Array(256);
    for (let i = c; i < data.length; i += channels) counts[data[i]!]!++;
    return counts;
  });
}
