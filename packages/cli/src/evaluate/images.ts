import { batches, type Dataset, select } from '@ringformer/images';
import { findImageModel, openClassifier, readTransform } from '../classify/files.ts';
import { FailedError } from '../errors.ts';
import { write, writeJson } from '../io.ts';
import { confusionSvg } from '../logs/confusion.ts';
import { onlyOnnx } from '../model.ts';
import { withOutput } from '../output.ts';
import { statusLine } from '../status-line.ts';
import { openDataset } from '../train/vision/data.ts';
import type { EvaluateRequest } from './lines.ts';
import { type Judged, judge, verdictOf, worstPairs } from './verdict.ts';

export type EvaluateImages = Pick<
  EvaluateRequest,
  'io' | 'output' | 'limit' | 'model' | 'engine' | 'json' | 'batchSize'
> & {
  /** The folder of images. */
  readonly images: string;
  readonly levels: number | undefined;
};

/** Classifies every image of a folder and prints how often, and how confidently, the model is right. */
export async function evaluateImages(request: EvaluateImages): Promise<void> {
  const { io, model, engine, output, json, images, levels } = request;
  const files = await findImageModel(model);
  if ('graph' in files && engine.engine !== 'onnx') throw new FailedError(onlyOnnx(model));
  const transform = readTransform(files.transform);
  const dataset = await openPart(request);
  const classifier = await openClassifier(files, engine);
  const progress = statusLine(io);
  try {
    const labels = classifier.config.labels ?? [];
    const places = placesOf(images, dataset.classes, labels, classifier.config.classes);
    const started = performance.now();
    const judged: Judged[] = [];
    const reading = { size: request.batchSize, seed: 0, shuffle: false, transform, signal: io.signal };
    for await (const batch of batches(dataset, reading)) {
      const logits = await classifier.logits(batch.images, levels === undefined ? {} : { levels });
      judged.push(
        ...judge(
          logits,
          Array.from(batch.labels, (label) => places[label]!),
        ),
      );
      progress.show(`${judged.length} of ${dataset.length} images`);
    }
    progress.clear();
    if (judged.some(({ loss }) => Number.isNaN(loss))) {
      throw new FailedError("The probabilities are NaN: this model's weights are damaged, or its training diverged.");
    }
    const seconds = (performance.now() - started) / 1000;
    const names = Array.from({ length: classifier.config.classes }, (_, i) => labels[i] ?? String(i));
    const verdict = verdictOf(judged, names.length);
    if (output !== undefined) {
      const picture = output.endsWith('.svg');
      await withOutput(output, io, (file) =>
        file.write(picture ? confusionSvg({ classes: names, confusion: verdict.confusion }) : table(judged, names)),
      );
    }
    const { engine: name } = classifier;
    const place = { engine: name, ...(name === 'tfjs' && { backend: engine.backend }) };
    const speed = { seconds, imagesPerSecond: judged.length / seconds };
    if (json) return await writeJson(io.stdout, { ...verdict, classes: names, ...place, ...speed });
    const { accuracy, top5, loss, calibrationError } = verdict;
    const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
    const lines = [
      `accuracy ${percent(accuracy)} of ${judged.length} images, top 5 ${percent(top5)}`,
      `loss ${loss.toFixed(4)} nats, calibration error ${percent(calibrationError)}`,
      ...worstPairs(verdict.confusion, 5).map(
        ({ of, taken, count }) => `${names[of]} taken for ${names[taken]}: ${count} times`,
      ),
      `${judged.length} images in ${seconds.toFixed(1)} s, ${speed.imagesPerSecond.toFixed(1)} per second (${
        'backend' in place ? `engine ${name}, backend ${place.backend}` : `engine ${name}`
      })`,
    ];
    await write(io.stdout, lines.map((line) => `${line}\n`).join(''));
  } finally {
    progress.clear();
    classifier.dispose();
  }
}

/** The test part of a folder, or its first images: as many of each class as there are, in the folder's order. */
async function openPart({ images, limit }: EvaluateImages): Promise<Dataset> {
  const dataset = await openDataset(images, { part: 'test' });
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
    `${folder} has classes that the model does not know: ${unknown.join(', ')}. The model has ${count}: ${labels.join(', ')}.`,
  );
}

/** label, guess and its probability, for each image in the order of the data */
const table = (judged: readonly Judged[], names: readonly string[]): string =>
  judged
    .map(({ label, guess, probability }) => `${names[label]}\t${names[guess]}\t${probability.toFixed(4)}\n`)
    .join('');
