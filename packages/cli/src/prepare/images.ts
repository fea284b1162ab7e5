import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readLines } from '@ringformer/text/node';
import { FailedError } from '../errors.ts';
import { filesIn, listed, placeFile } from './files.ts';
import type { Job, Prepared } from './job.ts';

export const IMAGE = /\.(?:jpe?g|png|webp)$/i;

/**
 * Tiny ImageNet, unpacked: its training images are in folders of their classes already; those for evaluation are put into
 * such folders by val_annotations.txt.
 */
export async function prepareTinyImagenet(job: Job): Promise<Prepared> {
  const { from, output, io, show } = job;
  const annotations = await findAnnotations(job);
  const root = dirname(dirname(annotations));
  const train = join(root, 'train');
  if (!existsSync(train)) throw new FailedError(`${root} lacks the folder train, with a folder for each class.`);
  const counts = { classes: 0, train: 0, valid: 0 };
  const classes = (await readdir(train, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const { name } of classes) {
    io.signal.throwIfAborted();
    const { files } = await filesIn(join(train, name));
    const images = files.filter((path) => IMAGE.test(path));
    for (const path of images) placeFile(path, join(output, 'train', name, basename(path)));
    if (images.length > 0) counts.classes++;
    counts.train += images.length;
    show(`train: ${counts.train.toLocaleString('en')} images`);
  }
  const known = new Set(classes.map(({ name }) => name));
  for await (const line of readLines(annotations, { signal: io.signal })) {
    if (line.trim() === '') continue;
    const [file = '', label = ''] = line.split('\t');
    if (!known.has(label))
      throw new FailedError(
        `${annotations} says that ${file} is of class '${label}', which has no folder in ${train}.`,
      );
    const image = join(dirname(annotations), 'images', file);
    if (!existsSync(image))
      throw new FailedError(`${image} is missing, though ${annotations} lists it. Unpack the archive again.`);
    placeFile(image, join(output, 'val', label, file));
    counts.valid++;
    show(`val: ${counts.valid.toLocaleString('en')} images`);
  }
  if (counts.train === 0 || counts.valid === 0)
    throw new FailedError(`${from.join(', ')} holds no images of Tiny ImageNet.`);
  return { counts, notes: [], next: trainCommand('tiny-imagenet', output) };
}

export const trainCommand = (settings: string, output: string): string =>
  `ringformer train vision -o run --settings ${settings} --data ${join(output, 'train')} --valid-data ${join(output, 'val')}`;

async function findAnnotations({ from }: Job): Promise<string> {
  const near = from.flatMap((path) => [join(path, 'val'), join(path, 'tiny-imagenet-200', 'val')]);
  const found = near.map((path) => join(path, 'val_annotations.txt')).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const zip = from.find((path) => /\.(?:zip|tar|tgz|tar\.\w+)$/i.test(path));
  if (zip !== undefined)
    throw new FailedError(`${zip} is an archive. Unpack it first, and give the folder tiny-imagenet-200.`);
  const there = await readdir(from[0]!).catch(() => []);
  throw new FailedError(
    `${from.join(', ')} is not Tiny ImageNet: expected val/val_annotations.txt in it. It holds ${listed(there)}.`,
  );
}
