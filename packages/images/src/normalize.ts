import { checkImage, type Image, refuse } from './image.ts';

/** Per channel, or one number for all, on the scale 0…1. */
export type Statistics = { readonly mean: readonly number[]; readonly std: readonly number[] };

/** What the authors' data sets are normalised with: cifar is also used for Tiny ImageNet, and half for their CIFAR runs. */
export const statistics = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  cifar: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  half: { mean: [0.5], std: [0.5] },
  'fashion-mnist': { mean: [0.286], std: [0.353] },
} as const satisfies Record<string, Statistics>;

export type StatisticsName = keyof typeof statistics;

/**
 * (value / 255 − mean) / std in float32, as torchvision's `ToTensor` and `Normalize` compute it. [h w c] → [c h w]
 * @throws RingformerError 'bad-argument' if the numbers do not fit the image's channels.
 */
export function normalize(image: Image, by: StatisticsName | Statistics): Float32Array {
  checkImage(image);
  const { width, height, channels, data } = image;
  const tables = valueTables(by, channels);
  const size = width * height;
  const out = new Float32Array(size * channels);
  tables.forEach((table, c) => {
    for (let i = 0; i < size; i++) out[c * size + i] = table[data[i * channels + c]!] as number;
  });
  return out;
}

/** For each channel, what the 256 values become. */
function valueTables(by: StatisticsName | Statistics, channels: number): Float32Array[] {
  const chosen: Statistics | undefined = typeof by === 'string' ? statistics[by] : by;
  if (!chosen) {
    const names = Object.keys(statistics).join(', ');
    return refuse('bad-argument', `There are no statistics named ${by}. Name one of ${names}, or give mean and std.`);
  }
  const { mean, std } = chosen;
  const fits = (list: unknown) => Array.isArray(list) && (list.length === 1 || list.length === channels);
  if (!fits(mean) || !fits(std) || !mean.every(Number.isFinite) || !std.every((s) => s > 0 && s < Infinity)) {
    const shown = JSON.stringify({ mean, std });
    refuse(
      'bad-argument',
      `An image of ${channels} channels needs 1 or ${channels} means and std above 0; got ${shown}.`,
    );
  }
  const { fround } = Math;
  return Array.from({ length: channels }, (_, c) => {
    const [m, s] = [fround(mean[mean.length === 1 ? 0 : c]!), fround(std[std.length === 1 ? 0 : c]!)];
    return Float32Array.from({ length: 256 }, (_, value) => fround(fround(value / 255) - m) / s);
  });
}
