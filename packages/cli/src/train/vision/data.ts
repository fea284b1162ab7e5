import { readFile } from 'node:fs/promises';
import { RingformerError } from '@ringformer/core/base';
import {
  type ByteSource,
  type Dataset,
  FASHION_MNIST_CLASSES,
  openCifar,
  openIdx,
  readLabels,
  select,
} from '@ringformer/images';
import { type ImageFolder, type LeftOut, openFile, openImageFolder } from '@ringformer/images/node';
import { findData, type Part } from './find-data.ts';
import type { VisionSettings } from './settings.ts';
import { heldOut, shareOfClasses } from './split.ts';

export type DataOptions = {
  /** Which part of a folder that holds both: by default what is to be learned. */
  readonly part?: Part;
  /** Which labels of CIFAR-100: by default the 100 fine ones. */
  readonly cifar100?: 'fine' | 'coarse';
  /** The pixels of image files as stored: see `DecodeOptions` of @ringformer/images. */
  readonly raw?: boolean;
  /** Names of IDX labels, if they are known. */
  readonly classes?: readonly string[];
  /** See `ListOptions` of @ringformer/images. */
  readonly onProblem?: (error: RingformerError) => void;
};

const letters = (first: string, last: string) =>
  Array.from({ length: last.charCodeAt(0) - first.charCodeAt(0) + 1 }, (_, i) =>
    String.fromCharCode(first.charCodeAt(0) + i),
  );
const DIGITS = letters('0', '9');
const MERGED = [...DIGITS, ...letters('A', 'Z'), ...'abdefghnqrt'];
/** The labels of IDX files that need names, by path. EMNIST (Cohen et al., 2017) numbers its letters from 1. */
const NAMED: readonly (readonly [path: RegExp, classes: readonly string[]])[] = [
  [/fashion/i, FASHION_MNIST_CLASSES],
  [/emnist-letters/i, ['(none)', ...letters('A', 'Z')]],
  [/emnist-(balanced|bymerge)/i, MERGED],
  [/emnist-byclass/i, [...DIGITS, ...letters('A', 'Z'), ...letters('a', 'z')]],
];

/**
 * The data set in a folder: the IDX files of MNIST and its like, CIFAR's binary files, or a folder for each class.
 * @throws RingformerError 'bad-file'
 */
export async function openDataset(folder: string, options: DataOptions = {}): Promise<Dataset | ImageFolder> {
  const { part = 'train', cifar100 = 'fine', raw = false, onProblem } = options;
  const found = await findData(folder, part);
  if (found.kind === 'idx') {
    const names = options.classes ?? NAMED.find(([path]) => path.test(found.images))?.[1];
    return openIdx(await bytesOf(found.images), await bytesOf(found.labels), names ? { classes: names } : {});
  }
  if (found.kind === 'folders') return openImageFolder(folder, { raw, onProblem });
  const kind = found.kind === 'cifar100' && cifar100 === 'coarse' ? 'cifar100-coarse' : found.kind;
  return openCifar(await Promise.all(found.files.map(bytesOf)), kind);
}

const bytesOf = (path: string): Promise<Uint8Array | ByteSource> =>
  path.endsWith('.gz') ? readFile(path) : openFile(path);

export type Split = {
  readonly train: Dataset;
  readonly valid: Dataset;
  /** Images of each class to learn, and held out. */
  readonly counts: { readonly train: readonly number[]; readonly valid: readonly number[] };
  readonly leftOut: LeftOut;
  /** Looks for damaged files. */
  check(): Promise<void>;
};

/**
 * What is learned, and what is held out: separate data, or images of each class.
 * @throws RingformerError 'bad-file' if there is only one class, 'bad-argument' if too many images would be held out
 */
export async function openSplit(
  settings: Pick<VisionSettings, 'data' | 'validData' | 'holdOut'> &
    Partial<Pick<VisionSettings, 'split' | 'cifar100' | 'pixels'>>,
): Promise<Split> {
  const { data, validData, holdOut, split = 'stratified', cifar100 = 'fine', pixels = 'upright' } = settings;
  const options = { cifar100, raw: pixels === 'raw' };
  const all = await openDataset(data, options);
  const labels = await readLabels(all);
  const counts = countsOf(labels, all.classes.length);
  checkClasses(data, all.classes, counts);
  if (validData !== '') {
    const valid = await openDataset(validData, { ...options, part: 'test', classes: all.classes });
    if (String(valid.classes) !== String(all.classes)) {
      throw new RingformerError(
        'bad-file',
        `${validData} has the classes ${valid.classes.join(', ')}; expected those of ${data}: ${all.classes.join(', ')}.`,
      );
    }
    const own = { train: counts, valid: countsOf(await readLabels(valid), valid.classes.length) };
    return { train: all, valid, counts: own, ...togetherOf([all, valid]) };
  }
  const count = Math.min(
    holdOut || Math.max(Math.ceil(all.length / 10), counts.filter((n) => n > 1).length),
    all.length,
  );
  const share = split === 'stratified' ? shareOfClasses(counts, count) : undefined;
  const held = heldOut(all, labels, share ?? count);
  const kept = Array.from({ length: all.length }, (_, i) => i).filter((i) => !held.has(i));
  const short = share && holdOut > 0 && held.size < holdOut;
  if (counts.every((n) => n < 2)) {
    throw new RingformerError(
      'bad-argument',
      `${data} has only one image of each class, so none can be held out. Add images, or give others with --valid-data.`,
    );
  }
  if (held.size === 0 || kept.length === 0 || short) {
    const most = short ? ` At most ${held.size} can be: each class needs an image to learn.` : '';
    throw new RingformerError(
      'bad-argument',
      `${data} has ${all.length} images, so ${holdOut || count} cannot be held out.${most}`,
    );
  }
  const valid = countsOf(
    [...held].map((i) => labels[i]!),
    all.classes.length,
  );
  return {
    train: select(all, kept),
    valid: select(all, [...held]),
    counts: { train: counts.map((n, i) => n - valid[i]!), valid },
    ...togetherOf([all]),
  };
}

function togetherOf(sets: readonly (Dataset | ImageFolder)[]): Pick<Split, 'leftOut' | 'check'> {
  const folders = sets.filter((set) => 'leftOut' in set);
  return {
    leftOut: {
      hidden: folders.reduce((sum, { leftOut }) => sum + leftOut.hidden, 0),
      others: folders.flatMap(({ leftOut }) => leftOut.others),
    },
    async check() {
      for (const folder of folders) await folder.check();
    },
  };
}

function countsOf(labels: ArrayLike<number>, classes: number): number[] {
  const counts = Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return counts;
}

function checkClasses(data: string, classes: readonly string[], counts: readonly number[]): void {
  const present = classes.filter((_, label) => counts[label]! > 0);
  if (present.length > 1) return;
  throw new RingformerError(
    'bad-file',
    `${data} has images of only one class, '${present[0]}'. A classifier needs at least two.`,
  );
}
