import { isRingformerError, type RingformerError, reasonOf } from '@ringformer/core/base';
import { type BatchOptions, type Dataset, type ImageBatch, readBatch, select } from '@ringformer/images';
import type { ImageFolder } from '@ringformer/images/node';
import { findImageModel, openClassifier, readTransform } from '../classify/files.ts';
import { FailedError } from '../errors.ts';
import { write, writeJson } from '../io.ts';
import { notImages } from '../left-out.ts';
import { confusionSvg } from '../logs/confusion.ts';
import { onlyOnnx } from '../model.ts';
import { withOutput } from '../output.ts';
import { statusLine } from '../status-line.ts';
import { openDataset } from '../train/vision/data.ts';
import type { EvaluateRequest } from './lines.ts';
import { type ImageVerdict, type Judged, judge, verdictOf, worstPairs } from './verdict.ts';

export type EvaluateImages = Pick<
  EvaluateRequest,
  'io' | 'output' | 'limit' | 'model' | 'engine' | 'json' | 'batchSize'
> & {
  /** The folder of images. */
  readonly images: string;
  readonly levels: number | undefined;
};

/** An image that could not be read. */
type Unread = { readonly label: number; readonly error: string };

/**
 * Classifies every image of a folder and prints how often, and how confidently, the model is right. Images that can't be read
 * are reported, and the others judged.
 * @throws FailedError at the end if there were such images
 */
export async function evaluateImages(request: EvaluateImages): Promise<void> {
  const { io, model, engine, output, json, images, levels } = request;
  const files = await findImageModel(model);
  if ('graph' in files && engine.engine !== 'onnx') throw new FailedError(onlyOnnx(model));
  const transform = readTransform(files.transform);
  const problems: string[] = [];
  const dataset = await openPart(request, (error) => problems.push(reasonOf(error)));
  const classifier = await openClassifier(files, engine);
  const progress = statusLine(io);
  const say = async (line: string) => {
    progress.clear();
    await write(io.stderr, `ringformer: ${line}\n`);
  };
  try {
    const labels = classifier.config.labels ?? [];
    const places = placesOf(images, dataset.classes, labels, classifier.config.classes);
    for (const problem of problems) await say(problem);
    const others = 'leftOut' in dataset ? dataset.leftOut.others : [];
    if (others.length > 0) await say(notImages(others));
    const started = performance.now();
    const judged: (Judged | Unread)[] = [];
    const reading = { size: request.batchSize, seed: 0, shuffle: false, transform, signal: io.signal };
    for await (const batch of readable(dataset, reading)) {
      const right = Array.from(batch.labels, (label) => places[label]!);
      if ('error' in batch) {
        await say(batch.error);
        judged.push(...right.map((label) => ({ label, error: batch.error })));
      } else {
        const logits = await classifier.logits(batch.images, levels === undefined ? {} : { levels });
        judged.push(...judge(logits, right));
      }
      progress.show(`${judged.length} of ${dataset.length} images`);
    }
    progress.clear();
    const read = judged.filter((one): one is Judged => !('error' in one));
    if (read.some(({ loss }) => Number.isNaN(loss))) {
      throw new FailedError("The probabilities are NaN: this model's weights are damaged, or its training diverged.");
    }
    const unread = judged.length - read.length + problems.length;
    if (read.length === 0) throw new FailedError(`None of the ${unread} images could be read.`);
    const seconds = (performance.now() - started) / 1000;
    const names = Array.from({ length: classifier.config.classes }, (_, i) => labels[i] ?? String(i));
    const verdict = verdictOf(read, names.length);
    if (output !== undefined) {
      const picture = output.endsWith('.svg');
      await withOutput(output, io, (file) =>
        file.write(picture ? confusionSvg({ classes: names, confusion: verdict.confusion }) : table(judged, names)),
      );
    }
    const { engine: name } = classifier;
    const place = { engine: name, ...(name === 'tfjs' && { backend: engine.backend }) };
    const speed = { seconds, imagesPerSecond: read.length / seconds };
    if (json) {
      const failed = [...problems, ...judged.flatMap((one) => ('error' in one ? [one.error] : []))];
      const more = failed.length > 0 ? { failed } : {};
      await writeJson(io.stdout, { ...verdict, ...more, classes: names, ...place, ...speed });
    } else await write(io.stdout, textOf(verdict, names, { ...place, ...speed }));
    if (unread > 0)
      throw new FailedError(
        `${unread} of ${read.length + unread} images could not be read; the figures are those of the others.`,
      );
  } finally {
    progress.clear();
    classifier.dispose();
  }
}

type Course = {
  readonly engine: string;
  readonly backend?: string;
  readonly seconds: number;
  readonly imagesPerSecond: number;
};

function textOf(verdict: ImageVerdict, names: readonly string[], course: Course): string {
  const { images, accuracy, top5, loss, calibrationError, confusion } = verdict;
  const { engine, backend, seconds, imagesPerSecond } = course;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const place = backend === undefined ? `engine ${engine}` : `engine ${engine}, backend ${backend}`;
  const lines = [
    `accuracy ${percent(accuracy)} of ${images} images, top 5 ${percent(top5)}`,
    `loss ${loss.toFixed(4)} nats, calibration error ${percent(calibrationError)}`,
    ...worstPairs(confusion, 5).map(({ of, taken, count }) => `${names[of]} taken for ${names[taken]}: ${count} times`),
    `${images} images in ${seconds.toFixed(1)} s, ${imagesPerSecond.toFixed(1)} per second (${place})`,
  ];
  return lines.map((line) => `${line}\n`).join('');
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
export async function openPart(
  { images, limit }: Pick<EvaluateImages, 'images' | 'limit'>,
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

/** label, guess and its probability, for each image in the order of the data; without the last two if it can't be read */
const table = (judged: readonly (Judged | Unread)[], names: readonly string[]): string =>
  judged
    .map((one) => {
      const found = 'error' in one ? '\t' : `${names[one.guess]}\t${one.probability.toFixed(4)}`;
      return `${names[one.label]}\t${found}\n`;
    })
    .join('');
