import { copyFileSync, cpSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { goldenImage } from '@ringformer/test-tools/golden-files';
import { expect, test } from 'vitest';
import { scratch } from '../../../test/cli.ts';
import { openDataset, openSplit } from './data.ts';
import { shareOfClasses } from './split.ts';

const IMAGE = goldenImage('clear.png');

/** A folder for each class, with as many images as `counts` says. */
function folders(counts: Record<string, number>): string {
  const folder = scratch();
  for (const [name, count] of Object.entries(counts)) {
    mkdirSync(join(folder, name));
    for (let i = 0; i < count; i++) copyFileSync(IMAGE, join(folder, name, `${i}.png`));
  }
  return folder;
}

const names = (split: Awaited<ReturnType<typeof openSplit>>, side: 'train' | 'valid') =>
  Promise.all(Array.from({ length: split[side].length }, async (_, i) => (await split[side].file?.(i))?.name));

test('with folders, the last images of each class are held out, an equal share of each', async () => {
  const split = await openSplit({ data: folders({ a: 6, b: 3 }), validData: '', holdOut: 3 });
  expect(await names(split, 'valid')).toEqual(['a/4.png', 'a/5.png', 'b/2.png']);
  expect(await names(split, 'train')).toEqual(['a/0.png', 'a/1.png', 'a/2.png', 'a/3.png', 'b/0.png', 'b/1.png']);
});

test('holding out every image is refused', async () => {
  const data = folders({ a: 4, b: 4 });
  for (const holdOut of [8, 9])
    await expect(openSplit({ data, validData: '', holdOut })).rejects.toThrow('cannot be held out');
});

const uint32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
/** IDX files of 1 × 1 images that show their own place. */
const idxImages = (count: number) =>
  Uint8Array.from([
    0,
    0,
    8,
    3,
    ...uint32(count),
    ...uint32(1),
    ...uint32(1),
    ...Array.from({ length: count }, (_, i) => i),
  ]);
const idxLabels = (labels: readonly number[]) => Uint8Array.from([0, 0, 8, 1, ...uint32(labels.length), ...labels]);

/** A folder with these files. */
function withFiles(files: Record<string, Uint8Array | string>): string {
  const folder = scratch();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const SORTED = Array.from({ length: 100 }, (_, i) => Math.floor(i / 10));
const sorted = () =>
  withFiles({ 'train-images-idx3-ubyte': idxImages(100), 'train-labels-idx1-ubyte': idxLabels(SORTED) });

const labelsOf = async ({ valid }: Awaited<ReturnType<typeof openSplit>>) =>
  Promise.all(Array.from({ length: valid.length }, async (_, i) => (await valid.get(i)).label));

test('case vision/05: of sorted IDX files every class is held out, not only the last', async () => {
  const split = await openSplit({ data: sorted(), validData: '', holdOut: 0 });
  expect(await labelsOf(split)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(split.counts).toEqual({ train: Array(10).fill(9), valid: Array(10).fill(1) });
  expect((await split.valid.get(0)).image.data[0]).toBe(9); // the last of its class
});

test('a run of an earlier version keeps its split: the last images, or of folders a rounded share of each class', async () => {
  const split = await openSplit({ data: sorted(), validData: '', holdOut: 0, split: 'last' });
  expect(await labelsOf(split)).toEqual(Array(10).fill(9));
  const old = await openSplit({ data: folders({ a: 6, b: 3, c: 1 }), validData: '', holdOut: 4, split: 'last' });
  expect(await names(old, 'valid')).toEqual(['a/4.png', 'a/5.png', 'b/2.png']); // round(2.4), round(1.2), round(0.4)
});

test('case vision/03: rare classes are judged too, and each keeps an image to learn', async () => {
  expect(shareOfClasses([40, 40, 3], 9)).toEqual([4, 4, 1]);
  expect(shareOfClasses([3, 3, 3], 1)).toEqual([1, 0, 0]);
  expect(shareOfClasses([1, 99], 10)).toEqual([0, 10]);
  expect(shareOfClasses([2, 2, 96], 3)).toEqual([1, 1, 1]);
  expect(shareOfClasses([2, 2], 4)).toEqual([1, 1]);
  expect(shareOfClasses([0, 10], 4)).toEqual([0, 4]);
  for (let seed = 1; seed < 200; seed++) {
    const sizes = Array.from({ length: 1 + (seed % 7) }, (_, i) => (seed * (i + 3) * 7919) % 60);
    const room = sizes.reduce((sum, n) => sum + Math.max(0, n - 1), 0);
    const share = shareOfClasses(sizes, seed % 40);
    expect(share.reduce((sum, n) => sum + n, 0)).toBe(Math.min(seed % 40, room));
    expect(share.every((n, i) => n >= 0 && n < Math.max(1, sizes[i]!))).toBe(true);
  }
  const split = await openSplit({ data: folders({ a: 3, b: 3, c: 3 }), validData: '', holdOut: 0 });
  expect(await names(split, 'valid')).toEqual(['a/2.png', 'b/2.png', 'c/2.png']);
});

test('case vision/03: one class is refused, in folders and in IDX files', async () => {
  const refused = (data: string) => expect(openSplit({ data, validData: '', holdOut: 0 })).rejects;
  await refused(folders({ cat: 4 })).toThrow("has images of only one class, 'cat'. A classifier needs at least two.");
  const one = { 'train-images-idx3-ubyte': idxImages(3), 'train-labels-idx1-ubyte': idxLabels([7, 7, 7]) };
  await refused(withFiles(one)).toThrow("has images of only one class, '7'");
});

test('case vision/03: train/ and test/ are not classes', async () => {
  const root = scratch();
  for (const part of ['train', 'val']) cpSync(folders({ cat: 2, dog: 2 }), join(root, part), { recursive: true });
  const refused = await openDataset(root).catch((error) => error);
  expect(refused.message).toBe(
    `${root} is already split into train and val, which are not classes. Use --data ${join(root, 'train')} --valid-data ${join(root, 'val')}.`,
  );
  const both = await openSplit({ data: join(root, 'train'), validData: join(root, 'val'), holdOut: 0 });
  expect([both.train.length, both.valid.length]).toEqual([4, 4]);
  // trains and tests of a railway are
  const railway = scratch();
  cpSync(folders({ train: 2, test: 2 }), railway, { recursive: true });
  expect((await openDataset(railway)).classes).toEqual(['test', 'train']);
});

test.each<[string, Record<string, Uint8Array>]>([
  ['dots', { 'train-images.idx3-ubyte': idxImages(4), 'train-labels.idx1-ubyte': idxLabels([1, 2, 3, 4]) }],
  [
    'one .gz',
    { 'train-images-idx3-ubyte': idxImages(4), 'train-labels-idx1-ubyte.gz': gzipSync(idxLabels([1, 2, 3, 4])) },
  ],
  [
    'the other .gz',
    { 'train-images-idx3-ubyte.gz': gzipSync(idxImages(4)), 'train-labels-idx1-ubyte': idxLabels([1, 2, 3, 4]) },
  ],
  [
    'both',
    {
      'train-images-idx3-ubyte': idxImages(4),
      'train-images-idx3-ubyte.gz': gzipSync(idxImages(4)),
      'train-labels-idx1-ubyte': idxLabels([1, 2, 3, 4]),
      'train-labels-idx1-ubyte.gz': gzipSync(idxLabels([1, 2, 3, 4])),
    },
  ],
  [
    'folders of archives',
    { 'MNIST/raw/train-images-idx3-ubyte': idxImages(4), 'MNIST/raw/train-labels-idx1-ubyte': idxLabels([1, 2, 3, 4]) },
  ],
  [
    'a folder for each file',
    {
      'train-images-idx3-ubyte/train-images-idx3-ubyte': idxImages(4),
      'train-labels-idx1-ubyte/train-labels-idx1-ubyte': idxLabels([1, 2, 3, 4]),
      't10k-images-idx3-ubyte/t10k-images-idx3-ubyte': idxImages(2),
      't10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte': idxLabels([1, 2]),
    },
  ],
  ['capitals and no idx', { 'Train-Images.ubyte': idxImages(4), 'train-labels.ubyte': idxLabels([1, 2, 3, 4]) }],
])('case vision/05: IDX files as unpackers leave them: %s', async (_, files) => {
  const dataset = await openDataset(withFiles(files));
  expect((await Promise.all([0, 1, 2, 3].map((i) => dataset.get(i)))).map(({ label }) => label)).toEqual([1, 2, 3, 4]);
  expect(dataset.length).toBe(4);
});

test('case vision/05: EMNIST has as many classes as its labels, by their names', async () => {
  const letters = await openDataset(
    withFiles({
      'emnist-letters-train-images-idx3-ubyte': idxImages(2),
      'emnist-letters-train-labels-idx1-ubyte': idxLabels([1, 26]),
    }),
  );
  expect(letters.classes).toHaveLength(27);
  expect([letters.classes[1], letters.classes[26]]).toEqual(['A', 'Z']);
  for (const [name, count, last] of [
    ['balanced', 47, 't'],
    ['bymerge', 47, 't'],
    ['byclass', 62, 'z'],
    ['digits', 10, '9'],
  ] as const) {
    const files = {
      [`emnist-${name}-train-images-idx3-ubyte`]: idxImages(2),
      [`emnist-${name}-train-labels-idx1-ubyte`]: idxLabels([0, count - 1]),
    };
    const { classes } = await openDataset(withFiles(files));
    expect([classes.length, classes.at(-1)], name).toEqual([count, last]);
  }
});

test('the test files are judged, not the training files, if the folder holds both', async () => {
  const data = withFiles({
    'train-images-idx3-ubyte': idxImages(4),
    'train-labels-idx1-ubyte': idxLabels([1, 2, 1, 12]),
    't10k-images-idx3-ubyte': idxImages(2),
    't10k-labels-idx1-ubyte': idxLabels([2, 1]),
  });
  const { train, valid, counts } = await openSplit({ data, validData: data, holdOut: 0 });
  expect([train.length, valid.length]).toEqual([4, 2]);
  expect(valid.classes).toEqual(train.classes); // although its labels need fewer
  expect(counts.valid.slice(0, 3)).toEqual([0, 1, 1]);
});

/** Records of CIFAR, black, with these label bytes. */
const records = (...labels: number[][]) => Uint8Array.from(labels.flatMap((own) => [...own, ...Array(3072).fill(0)]));

test('case vision/05: CIFAR in the folder of its archive; fine and coarse labels of CIFAR-100; the test file', async () => {
  const ten = withFiles({
    'cifar-10-batches-bin/data_batch_1.bin': records([3], [4]),
    'cifar-10-batches-bin/data_batch_2.bin': records([5]),
    'cifar-10-batches-bin/test_batch.bin': records([6]),
  });
  expect((await openDataset(ten)).length).toBe(3);
  const tested = await openDataset(ten, { part: 'test' });
  expect([tested.length, (await tested.get(0)).label]).toEqual([1, 6]);
  const hundred = withFiles({
    'cifar-100-binary/train.bin': records([1, 20], [2, 30]),
    'cifar-100-binary/test.bin': records([3, 40]),
    'cifar-100-binary/fine_label_names.txt': '',
  });
  const split = (cifar100: 'fine' | 'coarse') => openSplit({ data: hundred, validData: hundred, holdOut: 0, cifar100 });
  const [fine, coarse] = [await split('fine'), await split('coarse')];
  expect([fine.train.classes.length, (await fine.train.get(1)).label, await labelsOf(fine)]).toEqual([100, 30, [40]]);
  expect([coarse.train.classes.length, (await coarse.train.get(1)).label, await labelsOf(coarse)]).toEqual([
    20,
    2,
    [3],
  ]);
});

test.each<[string, Record<string, Uint8Array | string>, RegExp]>([
  ['an archive', { 'cifar-10-binary.tar.gz': 'x' }, /holds cifar-10-binary\.tar\.gz, an archive\. Unpack it first/],
  [
    "Python's CIFAR-10",
    { 'cifar-10-batches-py/data_batch_1': 'x' },
    /version for Python\. Download the binary version/,
  ],
  ["Python's CIFAR-100", { 'c/train': 'x', 'c/test': 'x', 'c/meta': 'x' }, /version for Python/],
  [
    'two data sets',
    {
      'a/train-images-idx3-ubyte': idxImages(1),
      'b/train-images-idx3-ubyte': idxImages(1),
    },
    /holds several data sets, such as .*Give the folder of one of them/,
  ],
  [
    'images without labels',
    { 'train-images.idx3-ubyte': idxImages(1) },
    /has no labels beside it: expected train-labels\.idx1-ubyte/,
  ],
  [
    'a pointer',
    {
      'train-images-idx3-ubyte': 'version https://git-lfs.github.com/spec/v1\n',
      'train-labels-idx1-ubyte': idxLabels([1]),
    },
    /is a Git LFS pointer/,
  ],
  ['nothing', {}, /has no folders\. Each class needs one/],
])('%s: refused with a remedy', async (_, files, message) => {
  await expect(openDataset(withFiles(files))).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringMatching(message),
  });
});

test('a link to a data set is as good', async () => {
  const place = scratch();
  symlinkSync(sorted(), join(place, 'mnist'));
  expect((await openDataset(place)).length).toBe(100);
  renameSync(join(place, 'mnist'), join(place, '.mnist'));
  await expect(openDataset(place)).rejects.toThrow('has no folders');
});
