import { FailedError } from '../errors.ts';
import { write, writeJson } from '../io.ts';
import { confusionSvg } from '../logs/confusion.ts';
import { withOutput } from '../output.ts';
import { type ImageSetRequest, openImageSet } from './image-set.ts';
import type { EvaluateRequest } from './lines.ts';
import { type ImageVerdict, type Judged, judge, verdictOf, worstPairs } from './verdict.ts';

export type EvaluateImages = ImageSetRequest &
  Pick<EvaluateRequest, 'output' | 'json'> & { readonly levels: number | undefined };

/** An image that could not be read. */
type Unread = { readonly label: number; readonly error: string };

/**
 * Classifies every image of a folder and prints how often, and how confidently, the model is right. Images that can't be read
 * are reported, and the others judged.
 * @throws FailedError at the end if there were such images
 */
export async function evaluateImages(request: EvaluateImages): Promise<void> {
  const { io, engine, output, json, levels } = request;
  const { classifier, problems, progress, say, count, batches } = await openImageSet(request);
  try {
    const started = performance.now();
    const judged: (Judged | Unread)[] = [];
    for await (const batch of batches()) {
      if ('error' in batch) {
        await say(batch.error);
        judged.push(...batch.labels.map((label) => ({ label, error: batch.error })));
      } else {
        const logits = await classifier.logits(batch.images, levels === undefined ? {} : { levels });
        judged.push(...judge(logits, batch.labels));
      }
      progress.show(`${judged.length} of ${count} images`);
    }
    progress.clear();
    const read = judged.filter((one): one is Judged => !('error' in one));
    if (read.some(({ loss }) => Number.isNaN(loss))) {
      throw new FailedError("The probabilities are NaN: this model's weights are damaged, or its training diverged.");
    }
    const unread = judged.length - read.length + problems.length;
    if (read.length === 0) throw new FailedError(`None of the ${unread} images could be read.`);
    const seconds = (performance.now() - started) / 1000;
    const { classes, labels } = classifier.config;
    const names = Array.from({ length: classes }, (_, i) => labels?.[i] ?? String(i));
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

/** label, guess and its probability, for each image in the order of the data; without the last two if it can't be read */
const table = (judged: readonly (Judged | Unread)[], names: readonly string[]): string =>
  judged
    .map((one) => {
      const found = 'error' in one ? '\t' : `${names[one.guess]}\t${one.probability.toFixed(4)}`;
      return `${names[one.label]}\t${found}\n`;
    })
    .join('');
