import { checkCount, checkImage, type Image, MAX_PIXELS, refuse } from './image.ts';

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

/** A rectangle of an image. */
export type Box = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

/**
 * Resizes with antialiasing, equal to Pillow's `Image.resize` for 8-bit images: the filter widens by the factor of
 * reduction, and each direction, first along rows, is rounded to 8 bits.
 */
export function resize(image: Image, width: number, height: number, filter: ResizeFilter = 'bilinear'): Image {
  return resizePart(image, width, height, filter, { left: 0, top: 0, width, height });
}

/** The pixels in `part` of what `resize` gives, and no others: thin images can become very large. */
export function resizePart(
  image: Image,
  width: number,
  height: number,
  filter: ResizeFilter,
  { left, top, width: partWidth, height: partHeight }: Box,
): Image {
  checkImage(image);
  checkCount('width', width);
  checkCount('height', height);
  const kernel = KERNELS[filter];
  if (!kernel) {
    const known = Object.keys(KERNELS).join(' or ');
    refuse('bad-argument', `There is no filter ${JSON.stringify(filter)}; expected ${known}.`);
  }
  const { channels } = image;
  const across = makeTaps(image.width, width, kernel, left, partWidth);
  const down = makeTaps(image.height, height, kernel, top, partHeight);
  // only the rows that the second pass reads
  const first = Math.min(...[down[0]!, down.at(-1)!].map((tap) => tap.first));
  const end = Math.max(...[down[0]!, down.at(-1)!].map((tap) => tap.first + tap.weights.length));
  const row = image.width * channels;
  const rows = image.data.subarray(first * row, end * row);
  const narrowed = resample(rows, [end - first, image.width, channels], across, 0);
  const data = resample(narrowed, [1, end - first, partWidth * channels], down, first);
  return { width: partWidth, height: partHeight, channels, data };
}

/**
 * Resizes so that the shorter side is `size`, as torchvision's `Resize(size)`; the longer is rounded down.
 * @throws RingformerError 'bad-shape' if the image is so thin that more than 89,478,485 pixels would come out
 */
export function resizeShorterSide(image: Image, size: number, filter: ResizeFilter = 'bilinear'): Image {
  const { width, height } = shorterSideSizes(image, size);
  if (width * height > MAX_PIXELS) {
    refuse(
      'bad-shape',
      `The image is ${image.width} × ${image.height}: with its shorter side at ${size} it would be ${width} × ${height}. Crop it first.`,
    );
  }
  return resize(image, width, height, filter);
}

/** The size of an image once its shorter side is `size`. */
export function shorterSideSizes(image: Image, size: number): { width: number; height: number } {
  checkImage(image);
  checkCount('size', size);
  const { width, height } = image;
  const long = Math.floor((size * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: size, height: long } : { width: long, height: size };
}

type Tap = { readonly first: number; readonly weights: Int32Array };

/** [outer length inner] → [outer taps inner]. `start`: the place of `data`'s first element along `length`. */
function resample(
  data: Uint8Array,
  [outer, length, inner]: readonly [number, number, number],
  taps: readonly Tap[],
  start: number,
): Uint8Array {
  if (taps.length === length && taps.every(isCopy)) return data;
  const out = new Uint8ClampedArray(outer * taps.length * inner);
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const { first, weights } of taps) {
      const from = (o * length + first - start) * inner;
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

const isCopy = ({ weights }: Tap) => weights.length === 1 && weights[0] === 1 << PRECISION;

/** For each output element from `start`, the first input element that it reads and the weights from there on. */
function makeTaps(length: number, size: number, { support, weight }: Kernel, start: number, count: number): Tap[] {
  if (size === length) {
    const weights = Int32Array.of(1 << PRECISION);
    return Array.from({ length: count }, (_, i) => ({ first: start + i, weights }));
  }
  const scale = length / size;
  const widen = Math.max(1, scale);
  return Array.from({ length: count }, (_, i) => {
    const centre = (start + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * widen + 0.5));
    const end = Math.min(length, Math.trunc(centre + support * widen + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) => weight((k + first - centre + 0.5) * (1 / widen)));
    const total = raw.reduce((sum, w) => sum + w, 0);
    const weights = Int32Array.from(raw, (w) => (w / total) * 2 ** PRECISION + (w < 0 ? -0.5 : 0.5)); // truncates
    return { first, weights };
  });
}
