import { checkChoice, kindOf, mistakenFor } from '@ringformer/core/base';
import { type ByteSource, type Bytes, openBytes } from './bytes.ts';
import { CIFAR10_CLASSES, CIFAR100_CLASSES, CIFAR100_COARSE_CLASSES } from './cifar-classes.ts';
import { checkIndex, checkLabels, type Dataset } from './dataset.ts';
import { refuse } from './image.ts';

/** Which of the binary formats, and for CIFAR-100 which of its two labels. */
export type CifarKind = 'cifar10' | 'cifar100' | 'cifar100-coarse';

/** How many label bytes come before the pixels, and which one is used. */
const FORMATS = {
  cifar10: { labels: 1, label: 0, classes: CIFAR10_CLASSES },
  cifar100: { labels: 2, label: 1, classes: CIFAR100_CLASSES },
  'cifar100-coarse': { labels: 2, label: 0, classes: CIFAR100_COARSE_CLASSES },
} as const;

const SIDE = 32;
const PLANE = SIDE * SIDE;
/** Records that are read at once for their labels: about 3 MB. */
const AT_ONCE = 1000;

/**
 * The files of CIFAR-10's or CIFAR-100's binary version (Krizhevsky, 2009), one after the other: records of labels and 3 × 32
 * × 32 bytes, colour by colour. Read image by image.
 * @throws RingformerError 'bad-file' if a file is not a whole number of records; `get` throws it if a label is too large.
 */
export async function openCifar(files: readonly Bytes[], kind: CifarKind): Promise<Dataset> {
  checkChoice('[ringformer/images] openCifar', 'kind', kind, Object.keys(FORMATS));
  if (!Array.isArray(files) || files.length === 0) {
    const given = Array.isArray(files) ? 'an empty array' : kindOf(files);
    refuse('bad-argument', `openCifar: expected an array of files, got ${given}.`);
  }
  const { labels, label: which, classes } = FORMATS[kind];
  const record = labels + 3 * PLANE;
  const sources = await Promise.all(files.map((file, i) => openBytes(file, `openCifar: file ${i}`)));
  const sizeOf = (file: number) => (sources[file] as ByteSource).size;
  const wrong = sources.findIndex(({ size }) => size === 0 || size % record !== 0);
  if (wrong >= 0) {
    const mistaken = mistakenFor(await sources[wrong]!.read(0, Math.min(64, sizeOf(wrong))));
    if (mistaken) refuse('bad-file', `File ${wrong} of ${kind} is ${mistaken}`);
    refuse(
      'bad-file',
      `File ${wrong} of ${kind} has ${sizeOf(wrong)} bytes, which is not a whole number of records of ${record} bytes.`,
    );
  }
  const length = sources.reduce((sum, { size }) => sum + size / record, 0);
  return {
    length,
    classes,
    async readLabels() {
      const all = new Uint8Array(length);
      let to = 0;
      for (const { size, read } of sources) {
        for (let start = 0; start < size; start += AT_ONCE * record) {
          const bytes = await read(start, Math.min(size, start + AT_ONCE * record));
          for (let at = which; at < bytes.length; at += record) all[to++] = bytes[at]!;
        }
      }
      checkLabels(all, classes);
      return all;
    },
    async get(i) {
      let start = checkIndex(i, length) * record;
      let file = 0;
      for (; start >= sizeOf(file); file++) start -= sizeOf(file);
      const bytes = await (sources[file] as ByteSource).read(start, start + record);
      const label = bytes[which]!;
      if (label >= classes.length)
        refuse('bad-file', `Image ${i} of ${kind} has label ${label}; there are ${classes.length} classes.`);
      const data = new Uint8Array(3 * PLANE);
      for (let at = 0; at < data.length; at++) data[at] = bytes[labels + (at % 3) * PLANE + Math.floor(at / 3)]!;
      return { image: { width: SIDE, height: SIDE, channels: 3, data }, label };
    },
  };
}
