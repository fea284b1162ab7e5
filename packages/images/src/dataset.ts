import type { DecodeOptions } from './decode.ts';
import { checkCount, type Image, refuse } from './image.ts';

/** An image and the index of its class. The pixels may be the data set's own: read them, don't change them. */
export type Sample = { readonly image: Image; readonly label: number };

/** An image's file, to be decoded with these options. `name` is for messages. */
export type FileSample = DecodeOptions & { readonly bytes: Uint8Array; readonly label: number; readonly name: string };

/** Labelled images, 0 ≤ i < length. Any object of this shape works. */
export type Dataset = {
  readonly length: number;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  get(i: number): Promise<Sample>;
  /** If images are files: one of them, not yet decoded, so that worker threads can do that. */
  file?(i: number): Promise<FileSample>;
  /** The label, if it is known without reading the image. */
  label?(i: number): number;
  /** All labels, if they can be read without the images. */
  readLabels?(): Promise<ArrayLike<number>>;
};

/** The label of every image, read in the quickest way that the data set has. */
export async function readLabels(dataset: Dataset): Promise<ArrayLike<number>> {
  if (dataset.readLabels) return dataset.readLabels();
  const labels = new Int32Array(dataset.length);
  for (let i = 0; i < labels.length; i++) labels[i] = dataset.label?.(i) ?? (await dataset.get(i)).label;
  return labels;
}

/** The images start ≤ i < end of a data set, to hold some out: `subset(all, 54000)` are the last of 60,000. */
export function subset(dataset: Dataset, start: number, end: number = dataset.length): Dataset {
  checkCount('start', start, 0);
  checkCount('end', end, start);
  if (end > dataset.length) refuse('bad-argument', `The data set has ${dataset.length} images; ${end} were asked for.`);
  return view(dataset, end - start, (i) => start + i);
}

/** The images at these places of a data set, in this order. */
export function select(dataset: Dataset, places: readonly number[]): Dataset {
  for (const place of places) checkIndex(place, dataset.length);
  return view(dataset, places.length, (i) => places[i]!);
}

function view(dataset: Dataset, length: number, place: (i: number) => number): Dataset {
  const within = (i: number) => place(checkIndex(i, length));
  return {
    length,
    classes: dataset.classes,
    get: async (i) => dataset.get(within(i)),
    ...(dataset.file && { file: async (i: number) => dataset.file!(within(i)) }),
    ...(dataset.label && { label: (i: number) => dataset.label!(within(i)) }),
  };
}

/** The index, unless there is no such image: then 'bad-argument'. */
export function checkIndex(i: number, length: number): number {
  if (!Number.isInteger(i) || i < 0 || i >= length)
    refuse('bad-argument', `There is no image ${i}; the data set has ${length}, numbered from 0.`);
  return i;
}

/** Throws 'bad-file' unless there are names for all labels. */
export function checkLabels(labels: Uint8Array, classes: readonly string[]): void {
  const wrong = labels.findIndex((label) => label >= classes.length);
  if (wrong >= 0)
    refuse('bad-file', `Image ${wrong} has label ${labels[wrong]}, but there are ${classes.length} classes.`);
}
