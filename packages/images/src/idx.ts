import { checkOptions, kindOf, mistakenFor, product } from '@ringformer/core/base';
import { type ByteSource, type Bytes, openBytes } from './bytes.ts';
import { checkIndex, checkLabels, type Dataset } from './dataset.ts';
import { refuse } from './image.ts';

/** The classes of Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017), by label. */
export const FASHION_MNIST_CLASSES: readonly string[] = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/** '0' to '9', or more if there are larger labels. */
const numbered = (labels: Uint8Array): string[] =>
  Array.from({ length: labels.reduce((most, label) => Math.max(most, label + 1), 10) }, (_, label) => String(label));

export type IdxOptions = {
  /** Names of the classes, by label; by default the numbers '0' to '9', or to the largest label. */
  readonly classes?: readonly string[];
};

/**
 * Grey images and labels in the IDX format of MNIST and Fashion-MNIST (LeCun; unsigned bytes, big-endian sizes), gzip or
 * plain. Plain files are read image by image.
 * @throws RingformerError 'bad-file' if headers, lengths or labels do not fit.
 */
export async function openIdx(images: Bytes, labels: Bytes, options: IdxOptions = {}): Promise<Dataset> {
  checkOptions('[ringformer/images] openIdx', options, ['classes']);
  const imageFile = await openBytes(images, 'openIdx: images');
  const labelFile = await openBytes(labels, 'openIdx: labels');
  const [length, height, width] = await readSizes(imageFile, 3, 'images');
  const [labelCount] = await readSizes(labelFile, 1, 'labels');
  if (length !== labelCount)
    refuse(
      'bad-file',
      `The IDX files have ${length} images but ${labelCount} labels. Expected a label for each image: do they belong together?`,
    );
  const labelOf = await labelFile.read(8, labelFile.size);
  const { classes = numbered(labelOf) } = options;
  if (!Array.isArray(classes))
    refuse('bad-argument', `openIdx: expected classes as an array of names, got ${kindOf(classes)}.`);
  checkLabels(labelOf, classes);
  const size = width * height;
  return {
    length,
    classes,
    label: (i) => labelOf[checkIndex(i, length)]!,
    async get(i) {
      const start = 16 + checkIndex(i, length) * size;
      const image = { width, height, channels: 1, data: await imageFile.read(start, start + size) } as const;
      return { image, label: labelOf[i]! };
    },
  };
}

/** The sizes that the header states, checked against the file's length. */
async function readSizes(file: ByteSource, rank: 1, what: string): Promise<[number]>;
async function readSizes(file: ByteSource, rank: 3, what: string): Promise<[number, number, number]>;
async function readSizes(file: ByteSource, rank: number, what: string): Promise<number[]> {
  const start = 4 + 4 * rank;
  const beginning = await file.read(0, Math.min(64, file.size));
  const header = beginning.subarray(0, start);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const magic = view.byteLength >= 4 ? view.getUint32(0) : 0;
  if (magic !== 0x0800 + rank || view.byteLength < start) {
    const mistaken = mistakenFor(beginning);
    if (mistaken) refuse('bad-file', `The IDX file of ${what} is ${mistaken}`);
    const expected = `IDX ${what} begin with 00 00 08 0${rank} and ${rank} ${rank === 1 ? 'size' : 'sizes'}`;
    if (file.size === 0) refuse('bad-file', `${expected}, but this file is empty. Download it again.`);
    const pairs = Array.from(header.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0'));
    refuse('bad-file', `${expected}, but this file begins with ${pairs.join(' ')}.`);
  }
  const sizes = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = start + product(sizes);
  if (expected !== file.size || sizes.includes(0))
    refuse(
      'bad-file',
      `IDX ${what} of ${sizes.join(' × ')} take ${expected} bytes, but the file has ${file.size}. Perhaps its download broke off.`,
    );
  return sizes;
}
