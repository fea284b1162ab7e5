import { checkCount, checkImage, type Image } from './image.ts';

export type ResizeFilter = 'bilinear' | 'bicubic';

/** How far a filter reaches, in source pixels when enlarging, and its weight at a distance. */
type Kernel = { readonly support: number; weight(distance: number): number };

const KERNELS: Record<ResizeFilter, Kernel> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys (1981) with a = -1/2, as Pillow has it
  bicubic: {
    support: 2,
    weight(distance) {
      const x = Math.abs(distance);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
    },
  },
};

/** Weights are fixed-point with this many bits after the point, so that 255 times their sum fits in 32 bits. */
const PRECISION = 22;

/**
 * Resizes with antialiasing, equal to Pillow's `Image.resize` for 8-bit images: the filter widens by the factor of
 * reduction, and each direction, first along rows, is rounded to 8 bits.
 */
export function resize(image: Image, width: number, height: number, filter: ResizeFilter = 'bilinear'): Image {
  checkImage(image);
  checkCount('width', width);
  checkCount('height', height);
  const { channels } = image;
  const kernel = KERNELS[filter];
  let { data } = image;
  if (width !== image.width) data = resample(data, [image.height, image.width, channels], width, kernel);
  if (height !== image.height) data = resample(data, [1, image.height, width * channels], height, kernel);
  return { width, height, channels, data };
}

/** Resizes so that the shorter side is `size`, as torchvision's `Resize(size)`; the longer is rounded down. */
export function resizeShorterSide(image: Image, size: number, filter: ResizeFilter = 'bilinear'): Image {
  checkCount('size', size);
  const { width, height } = image;
  const long = Math.floor((size * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? resize(image, size, long, filter) : resize(image, long, size, filter);
}

/** [outer length inner] → [outer size inner] */
function resample(
  data: Uint8Array,
  [outer, length, inner]: readonly [number, number, number],
  size: number,
  kernel: Kernel,
): Uint8Array {
  const taps = makeTaps(length, size, kernel);
  const out = new Uint8ClampedArray(outer * size * inner);
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const { first, weights } of taps) {
      const from = (o * length + first) * inner;
      for (let i = 0; i < inner; i++) {
        let sum = 1 << (PRECISION - 1); // rounds to nearest
        for (let k = 0, at = from + i; k < weights.length; k++, at += inner)
          sum = (sum + Math.imul(data[at]!, weights[k]!)) | 0;
        out[to++] = sum >> PRECISION;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/** For each output element, the first input element that it reads and the weights from there on. */
function makeTaps(length: number, size: number, { support, weight }: Kernel) {
  const scale = length / size;
  const widen = Math.max(1, scale);
  return Array.from({ length: size }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * widen + 0.5));
    const end = Math.min(length, Math.trunc(centre + support * widen + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) => weight((k + first - centre + 0.5) * (1 / widen)));
    const total = raw.reduce((sum, w) => sum + w, 0);
    const weights = Int32Array.from(raw, (w) => (w / total) * 2 ** PRECISION + (w < 0 ? -0.5 : 0.5)); // truncates
    return { first, weights };
  });
}
