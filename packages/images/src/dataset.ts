import type { DecodeOptions } from './decode.ts';
import { checkCount, type Image, refuse } from './image.ts';

/** An image and the index of its class. The pixels may be the data set's own: read them, don't change them. */
export type Sample = { readonly image: Image; readonly label: number };

/** An image's file, to be decoded with these options. `name` is for messages. */
export type FileSample = DecodeOptions & { readonly bytes: Uint8Array; readonly label: number; readonly name: string };

/** Labelled images, 0 ≤ i < length. Any object of this shape will do. */
export type Dataset = {
  readonly length: number;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  get(i: number): Promise<Sample>;
  /** Where images are files: one of them undecoded, so that worker threads can do that. */
  file?(i: number): Promise<FileSample>;
};

/** The images start ≤ i < end of a data set, to hold some out: `subset(all, 54000)` are the last of 60,000. */
export function subset(dataset: Dataset, start: number, end: number = dataset.length): Dataset {
  checkCount('start', start, 0);
  checkCount('end', end, start);
  if (end > dataset.length) refuse('bad-argument', `The data set has ${dataset.length} images; ${end} were asked for.`);
  const length = end - start;
  const within = (i: number) => start + checkIndex(i, length);
  return {
    length,
    classes: dataset.classes,
    get: async (i) => dataset.get(within(i)),
    ...(dataset.file && { file: async (i: number) => dataset.file!(within(i)) }),
  };
}

/** The index, unless there is no such image: then 'bad-argument'. */
export function checkIndex(i: number, length: number): number {
  if (!Number.isInteger(i) || i < 0 || i >= length)
    refuse('bad-argument', `There is no image ${i}; the data set has ${length}, from 0 on.`);
  return i;
}

/** Throws 'bad-file' unless there are names for all labels. */
export function checkLabels(labels: Uint8Array, classes: readonly string[]): void {
  const wrong = labels.findIndex((label) => label >= classes.length);
  if (wrong >= 0)
    refuse('bad-file', `Image ${wrong} has label ${labels[wrong]}, but there are ${classes.length} classes.`);
}
