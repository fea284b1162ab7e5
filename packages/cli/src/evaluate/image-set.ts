// A model, and the labelled images by which it is judged.
import { isRingformerError, type RingformerError, reasonOf } from '@ringformer/core/base';
import { type BatchOptions, type Dataset, type ImageBatch, readBatch, select } from '@ringformer/images';
import type { ImageFolder } from '@ringformer/images/node';
import { findImageModel, openClassifier, readTransform } from '../classify/files.ts';
import { FailedError } from '../errors.ts';
import { write } from '../io.ts';
import { notImages } from '../left-out.ts';
import { onlyOnnx } from '../model.ts';
import { statusLine } from '../status-line.ts';
import { openDataset } from '../train/vision/data.ts';
import type { EvaluateRequest } from './lines.ts';

export type ImageSetRequest = Pick<EvaluateRequest, 'io' | 'limit' | 'model' | 'engine' | 'batchSize'> & {
  /** The folder of images. */
  readonly images: string;
};

/** Opens both, and reports files that can't be read. The caller disposes of `classifier`. */
export async function openImageSet({ io, images, limit, model, engine, batchSize: size }: ImageSetRequest) {
  const files = await findImageModel(model);
  if ('graph' in files && engine.engine !== 'onnx') throw new FailedError(onlyOnnx(model));
  const transform = readTransform(files.transform);
  /** What could not be read at all. */
  const problems: string[] = [];
  const dataset = await openPart({ images, limit }, (error) => problems.push(reasonOf(error)));
  const classifier = await openClassifier(files, engine);
  const progress = statusLine(io);
  const say = async (line: string) => {
    progress.clear();
    await write(io.stderr, `ringformer: ${line}\n`);
  };
  try {
    const { labels = [], classes } = classifier.config;
    const places = placesOf(images, dataset.classes, labels, classes);
    for (const problem of problems) await say(problem);
    const others = 'leftOut' in dataset ? dataset.leftOut.others : [];
    if (others.length > 0) await say(notImages(others));
    return {
      classifier,
      problems,
      progress,
      say,
      count: dataset.length,
      batches: () => judgedBatches(dataset, places, { size, seed: 0, shuffle: false, transform, signal: io.signal }),
    };
  } catch (error) {
    classifier.dispose();
    throw error;
  }
}

/** The batches with the model's number of each image's class. */
async function* judgedBatches(dataset: Dataset, places: readonly number[], reading: Reading) {
  for await (const batch of readable(dataset, reading)) {
    yield { ...batch, labels: Array.from(batch.labels, (label) => places[label] as number) };
  }
}

type Reading = BatchOptions & { readonly signal: AbortSignal };

/** The batches of a data set in its order. If one holds an image file that can't be read, its images come one by one. */
export async function* readable(
  dataset: Dataset,
  { signal, ...options }: Reading,
): AsyncGenerator<ImageBatch | { readonly labels: readonly number[]; readonly error: string }> {
  for (let at = 0; at < dataset.length; at += options.size) {
    signal.throwIfAborted();
    const size = Math.min(options.size, dataset.length - at);
    const places = Array.from({ length: size }, (_, i) => at + i);
    const first = { epoch: 0, batch: 0 };
    const read = (some: readonly number[]) => readBatch(select(dataset, some), options, first);
    const whole = await read(places).catch((error: unknown) => {
      if (!isRingformerError(error) || error.code !== 'bad-file' || !dataset.label) throw error;
      return undefined;
    });
    if (whole) {
      yield whole;
      continue;
    }
    for (const place of places) {
      signal.throwIfAborted();
      const failed = (error: unknown) => {
        if (!isRingformerError(error) || error.code !== 'bad-file') throw error;
        return { labels: [dataset.label!(place)], error: reasonOf(error) };
      };
      yield await read([place]).catch(failed);
    }
  }
}

/** The test part of a folder, or its first images: as many of each class as there are, in the folder's order. */
async function openPart(
  { images, limit }: Pick<ImageSetRequest, 'images' | 'limit'>,
  onProblem: (error: RingformerError) => void,
): Promise<Dataset | ImageFolder> {
  const dataset = await openDataset(images, { part: 'test', onProblem });
  if (limit === undefined || limit >= dataset.length) return dataset;
  return select(
    dataset,
    Array.from({ length: limit }, (_, i) => i),
  );
}

/**
 * The model's number of each class of the data: by name if the names agree, by number if one of the two has only numbers.
 * @throws FailedError that lists what the model does not know
 */
export function placesOf(
  folder: string,
  classes: readonly string[],
  labels: readonly string[],
  count: number,
): number[] {
  const unknown = classes.filter((name) => !labels.includes(name));
  if (unknown.length === 0) return classes.map((name) => labels.indexOf(name));
  const numbers = (names: readonly string[]) => names.every((name, i) => name === String(i));
  if (classes.length === count && (numbers(classes) || labels.length === 0 || numbers(labels))) {
    return classes.map((_, i) => i);
  }
  throw new FailedError(
    `${folder} has classes that the model does not know: ${unknown.join(', ')}. The model has ${count}${labels.length > 0 ? `: ${labels.join(', ')}` : ', without names'}.`,
  );
}
