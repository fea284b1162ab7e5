import { RingformerError } from '@ringformer/core/base';
import { type Dataset, openIdx } from '@ringformer/images';

/** Labelled images as plain data: pixels, or the two IDX files of a data set such as MNIST (gzip or plain). */
export type LabelledImages =
  | {
      /** [n height width channels], 8-bit */
      readonly pixels: Uint8Array;
      readonly width: number;
      readonly height: number;
      /** 1: grey, 3: red, green, blue */
      readonly channels: 1 | 3;
      /** [n], indices into `classes` */
      readonly labels: Uint8Array;
      readonly classes: readonly string[];
    }
  | { readonly idxImages: Uint8Array; readonly idxLabels: Uint8Array; readonly classes?: readonly string[] };

/** The data set and the bytes it is made of. @throws RingformerError 'bad-file', 'bad-shape' or 'bad-argument' */
export async function datasetOf(data: LabelledImages): Promise<{ dataset: Dataset; bytes: Uint8Array<ArrayBuffer> }> {
  if ('idxImages' in data) {
    const { idxImages, idxLabels, classes } = data;
    const dataset = await openIdx(idxImages, idxLabels, classes ? { classes } : {});
    return { dataset, bytes: together(idxImages, idxLabels) };
  }
  const { pixels, width, height, channels, labels, classes } = data;
  const size = width * height * channels;
  if (!(size > 0 && pixels.length === labels.length * size)) {
    throw new RingformerError(
      'bad-shape',
      `[ringformer/worker] ${labels.length} images of ${width} × ${height} × ${channels} need ${labels.length * size} bytes, but pixels has ${pixels.length}.`,
    );
  }
  const wrong = labels.find((label) => label >= classes.length);
  if (wrong !== undefined || labels.length === 0) {
    const why =
      wrong === undefined ? 'There are no images' : `A label is ${wrong}, but there are only ${classes.length} classes`;
    throw new RingformerError('bad-argument', `[ringformer/worker] ${why}.`);
  }
  const dataset: Dataset = {
    length: labels.length,
    classes,
    get: async (i) => ({
      image: { width, height, channels, data: pixels.subarray(i * size, (i + 1) * size) },
      label: labels[i]!,
    }),
  };
  return { dataset, bytes: together(pixels, labels) };
}

function together(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
