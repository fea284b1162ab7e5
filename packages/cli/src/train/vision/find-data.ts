// Which data set a folder holds, by the names that downloads and unpackers give.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RingformerError, whyNot } from '@ringformer/core/base';

/** The files to learn from, or to be judged on. */
export type Part = 'train' | 'test';

export type Found =
  | { readonly kind: 'idx'; readonly images: string; readonly labels: string }
  | { readonly kind: 'cifar10' | 'cifar100'; readonly files: readonly string[] }
  | { readonly kind: 'folders' };

const IDX = /^(.*?)(images|labels)(?=.*(?:idx|ubyte))[-._ ]*(?:idx[13]?)?[-._ ]*(?:ubyte)?(?:\.gz)?$/i;
const CIFAR10 = /^(data_batch_\d|test_batch)\.bin(?:\.gz)?$/;
const CIFAR100 = /^(train|test)\.bin(?:\.gz)?$/;
const ARCHIVE = /\.(?:tar|tgz|tar\.\w+|zip|7z|rar)$/i;
const PARTS = /^(?:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?|dev)$/i;
/** How deep archives put their files: MNIST/raw/… */
const MOST_DEPTH = 3;
/** A folder with more folders than these has classes, not parts of an archive. */
const MOST_FOLDERS = 16;

/** @throws RingformerError 'bad-file' that says what is in the folder instead, and what to do */
export async function findData(folder: string, part: Part): Promise<Found> {
  const entries = await listed(folder);
  const files = await filesBelow(folder, entries);
  const idx = idxIn(files, folder, part);
  if (idx) return { kind: 'idx', ...idx };
  for (const [kind, pattern] of [
    ['cifar10', CIFAR10],
    ['cifar100', CIFAR100],
  ] as const) {
    const own = files.filter((path) => pattern.test(basename(path)));
    if (own.length > 0) return { kind, files: onePart(oneFolder(own, folder), part) };
  }
  const names = files.map((path) => basename(path));
  if (names.includes('data_batch_1') || (names.includes('meta') && names.includes('train'))) {
    throw bad(`${folder} holds CIFAR's version for Python. Download the binary version: its files end in .bin.`);
  }
  const folders = entries.filter(({ name, directory }) => directory && !name.startsWith('.')).map(({ name }) => name);
  const archive = names.find((name) => ARCHIVE.test(name));
  if (archive && folders.length === 0) throw bad(`${folder} holds ${archive}, an archive. Unpack it first.`);
  await refuseParts(folder, folders);
  return { kind: 'folders' };
}

/** The images and labels of one part. */
function idxIn(paths: readonly string[], folder: string, part: Part): { images: string; labels: string } | undefined {
  const found = paths.flatMap((path) => {
    const [, prefix = '', what = ''] = IDX.exec(basename(path)) ?? [];
    return what === '' ? [] : [{ path, prefix: prefix.toLowerCase(), what: what.toLowerCase() }];
  });
  const images = found.filter(({ what }) => what === 'images');
  if (images.length === 0) return undefined;
  const wanted = part === 'train' ? /train/ : /t10k|test|val/;
  const some = images.filter(({ prefix }) => wanted.test(prefix));
  const chosen = plainFirst(some.length > 0 ? some : images);
  const first = chosen[0] as (typeof chosen)[number];
  const other = chosen.find(({ prefix, path }) => prefix !== first.prefix || !sameOrOwn(path, first.path));
  if (other) {
    const names = [first, other].map(({ path }) => path).join(' and ');
    throw bad(`${folder} holds several data sets, such as ${names}. Give the folder of one of them.`);
  }
  const labels = plainFirst(found.filter(({ what, prefix }) => what === 'labels' && prefix === first.prefix));
  const [own = labels[0]] = labels.filter(({ path }) => dirname(path) === dirname(first.path));
  if (own) return { images: first.path, labels: own.path };
  throw bad(
    `${first.path} has no labels beside it: expected ${basename(first.path)
      .replace(/images/i, 'labels')
      .replace('idx3', 'idx1')}.`,
  );
}

/** Whether two files are in one folder, or each in one of its own name, as some unpackers do. */
const sameOrOwn = (a: string, b: string) => placeOf(a) === placeOf(b);
const placeOf = (path: string) => {
  const place = dirname(path);
  return IDX.test(basename(place)) ? dirname(place) : place;
};

const plainFirst = <T extends { readonly path: string }>(files: readonly T[]): T[] =>
  [...files].sort(
    (a, b) => Number(a.path.endsWith('.gz')) - Number(b.path.endsWith('.gz')) || (a.path < b.path ? -1 : 1),
  );

/** Without compressed copies of files that are there too. */
function oneFolder(paths: readonly string[], folder: string): string[] {
  const places = [...new Set(paths.map((path) => dirname(path)))];
  if (places.length > 1) {
    throw bad(
      `${folder} holds several data sets, in ${places.slice(0, 2).join(' and ')}. Give the folder of one of them.`,
    );
  }
  return paths.filter((path) => !path.endsWith('.gz') || !paths.includes(path.slice(0, -3))).sort();
}

function onePart(paths: readonly string[], part: Part): readonly string[] {
  const own = paths.filter((path) => basename(path).startsWith('test') === (part === 'test'));
  return own.length > 0 ? own : paths;
}

/** A folder of train/ and test/ is not a folder of classes. */
async function refuseParts(folder: string, folders: readonly string[]): Promise<void> {
  const train = folders.find((name) => /^train/i.test(name));
  if (train === undefined || folders.length > 4 || !folders.every((name) => PARTS.test(name))) return;
  const inside = await listed(join(folder, train));
  if (!inside.some(({ directory }) => directory)) return;
  const valid = folders.find((name) => name !== train);
  const flags = [`--data ${join(folder, train)}`, ...(valid ? [`--valid-data ${join(folder, valid)}`] : [])];
  throw bad(
    `${folder} is already split into ${[...folders].sort().join(' and ')}, which are not classes. Use ${flags.join(' ')}.`,
  );
}

type Entry = { readonly name: string; readonly directory: boolean };

/** The entries of a folder; links count as what they lead to. */
async function listed(folder: string): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such folder' : whyNot(cause);
    throw new RingformerError('bad-file', `${folder} cannot be read: ${why}.`, { cause });
  });
  const isFolder = async (entry: Dirent) =>
    entry.isSymbolicLink()
      ? await stat(join(folder, entry.name)).then(
          (found) => found.isDirectory(),
          () => false,
        )
      : entry.isDirectory();
  return Promise.all(entries.map(async (entry) => ({ name: entry.name, directory: await isFolder(entry) })));
}

/** The files in a folder; if it holds few folders, also those below. */
async function filesBelow(folder: string, entries: readonly Entry[], depth = 1): Promise<string[]> {
  const seen = entries.filter(({ name }) => !name.startsWith('.') && name !== '__MACOSX');
  const files = seen.flatMap(({ name, directory }) => (directory ? [] : [join(folder, name)]));
  const folders = seen.filter(({ directory }) => directory).map(({ name }) => join(folder, name));
  if (depth >= MOST_DEPTH || folders.length > MOST_FOLDERS) return files;
  for (const place of folders) files.push(...(await filesBelow(place, await listed(place), depth + 1)));
  return files;
}

const bad = (message: string) => new RingformerError('bad-file', message);
