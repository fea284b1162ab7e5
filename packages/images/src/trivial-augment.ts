import { randomUniform } from '@ringformer/core/base';
import { autoContrast, brightness, contrast, equalize, posterize, saturation, sharpness, solarize } from './adjust.ts';
import { affine, rotate } from './affine.ts';
import { checkImage, type Image } from './image.ts';

/** Magnitudes are chosen among this many. */
const BINS = 31;

type Operation = {
  apply(image: Image, magnitude: number): Image;
  /** The magnitude of bin 0 … 30. */
  magnitude(bin: number): number;
  /** Whether the magnitude is turned negative half of the time. */
  readonly signed: boolean;
};

const upTo = (end: number) => (bin: number) => (end * bin) / (BINS - 1);
const signed = (end: number, apply: Operation['apply']): Operation => ({ apply, magnitude: upTo(end), signed: true });
const plain = (apply: Operation['apply'], magnitude: Operation['magnitude'] = () => 0): Operation => ({
  apply,
  magnitude,
  signed: false,
});

/** The space "Wide" of the paper, in torchvision's order and with its ranges. */
const OPERATIONS = {
  identity: plain((image) => image),
  'shear-x': signed(0.99, (image, m) => affine(image, [1, m, 0, 0, 1, 0])),
  'shear-y': signed(0.99, (image, m) => affine(image, [1, 0, 0, m, 1, 0])),
  'translate-x': signed(32, (image, m) => affine(image, [1, 0, -Math.trunc(m), 0, 1, 0])),
  'translate-y': signed(32, (image, m) => affine(image, [1, 0, 0, 0, 1, -Math.trunc(m)])),
  rotate: signed(135, rotate),
  brightness: signed(0.99, (image, m) => brightness(image, 1 + m)),
  color: signed(0.99, (image, m) => saturation(image, 1 + m)),
  contrast: signed(0.99, (image, m) => contrast(image, 1 + m)),
  sharpness: signed(0.99, (image, m) => sharpness(image, 1 + m)),
  posterize: plain(posterize, (bin) => 8 - Math.round(bin / 5)),
  solarize: plain(solarize, (bin) => 255 - (255 * bin) / (BINS - 1)),
  'auto-contrast': plain(autoContrast),
  equalize: plain(equalize),
} satisfies Record<string, Operation>;

export type AugmentName = keyof typeof OPERATIONS;

/** The operations among which `trivialAugment` chooses. */
export const augmentNames = Object.keys(OPERATIONS) as readonly AugmentName[];

/** One operation with one magnitude, as Pillow computes it. Pixels from outside the image are black. */
export function augment(image: Image, name: AugmentName, magnitude: number): Image {
  checkImage(image);
  return OPERATIONS[name].apply(image, magnitude);
}

/** What `trivialAugment` does for a seed. */
export function drawAugment(seed: number): { readonly name: AugmentName; readonly magnitude: number } {
  const [which, bin, sign] = randomUniform(3, seed) as unknown as [number, number, number];
  const name = augmentNames[Math.floor(which * augmentNames.length)] as AugmentName;
  const operation: Operation = OPERATIONS[name];
  const magnitude = operation.magnitude(Math.floor(bin * BINS));
  return { name, magnitude: operation.signed && sign < 0.5 ? -magnitude : magnitude };
}

/**
 * TrivialAugmentWide (Müller and Hutter, 2021, arXiv:2103.10158), as torchvision's: one operation of fourteen with one of 31
 * magnitudes, all equally likely.
 */
export function trivialAugment(image: Image, seed: number): Image {
  const { name, magnitude } = drawAugment(seed);
  return augment(image, name, magnitude);
}
