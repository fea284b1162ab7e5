import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RingformerError } from '@ringformer/core/base';
import { type Dataset, FASHION_MNIST_CLASSES, openCifar, openIdx, select } from '@ringformer/images';
import { openFile, openImageFolder } from '@ringformer/images/node';
import type { VisionSettings } from './settings.ts';

const IDX_IMAGES = /^(.*)images-idx3-ubyte(\.gz)?$/;

/**
 * The data set in a folder: the IDX files of MNIST and its like, CIFAR-10's binary files, or a folder for each class.
 * @throws RingformerError 'bad-file'
 */
export async function openDataset(folder: string): Promise<Dataset> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such folder' : cause.message;
    throw new RingformerError('bad-file', `${folder} cannot be read: ${why}.`, { cause });
  });
  const bytes = (name: string) => (name.endsWith('.gz') ? readFile(join(folder, name)) : openFile(join(folder, name)));

  const images = names.filter((name) => IDX_IMAGES.test(name)).sort();
  if (images.length > 0) {
    const image = images.find((name) => name.startsWith('train')) ?? (images[0] as string);
    const [, prefix = '', zip = ''] = IDX_IMAGES.exec(image) ?? [];
    const labels = await bytes(`${prefix}labels-idx1-ubyte${zip}`);
    return openIdx(await bytes(image), labels, /fashion/i.test(folder) ? { classes: FASHION_MNIST_CLASSES } : {});
  }
  const cifar = names.filter((name) => /^data_batch_\d\.bin$/.test(name)).sort();
  if (cifar.length > 0) return openCifar(await Promise.all(cifar.map(bytes)), 'cifar10');
  return openImageFolder(folder);
}

/** What is learned, and what is held out: separate data, or the last images (of each class if classes are folders). */
export async function openSplit({
  data,
  validData,
  holdOut,
}: Pick<VisionSettings, 'data' | 'validData' | 'holdOut'>): Promise<{ train: Dataset; valid: Dataset }> {
  const all = await openDataset(data);
  if (validData !== '') {
    const valid = await openDataset(validData);
    if (String(valid.classes) === String(all.classes)) return { train: all, valid };
    throw new RingformerError(
      'bad-file',
      `${validData} has the classes ${valid.classes.join(', ')}; expected those of ${data}: ${all.classes.join(', ')}.`,
    );
  }
  const count = holdOut || Math.ceil(all.length / 10);
  const held = heldOut(all, Math.min(count, all.length));
  const kept = Array.from({ length: all.length }, (_, i) => i).filter((i) => !held.has(i));
  if (held.size > 0 && kept.length > 0) return { train: select(all, kept), valid: select(all, [...held]) };
  throw new RingformerError('bad-argument', `${data} has ${all.length} images, so ${count} cannot be held out.`);
}

/** The last `count` images, or about as many: an equal share of each class if labels are known without reading images. */
function heldOut({ length, classes, label }: Dataset, count: number): ReadonlySet<number> {
  const all = Array.from({ length }, (_, i) => i);
  if (!label) return new Set(all.slice(length - count));
  const byClass = classes.map((_, index) => all.filter((i) => label(i) === index));
  return new Set(byClass.flatMap((own) => own.slice(own.length - Math.round((own.length * count) / length))));
}
