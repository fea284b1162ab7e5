// What a model is worth with fewer levels than it has.
import { corpusBleu, corpusChrf } from '@ringformer/text';
import { FailedError } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { openTranslator } from '../model.ts';
import { statusLine } from '../status-line.ts';
import { table } from '../table.ts';
import { oneLine } from '../translate/chunk.ts';
import { type ImageSetRequest, openImageSet } from './image-set.ts';
import { alignedLines, type EvaluateRequest } from './lines.ts';
import { judge } from './verdict.ts';

type LevelCounts = { readonly encoder: number; readonly decoder: number };

type Depths = Pick<
  EvaluateRequest,
  'io' | 'targets' | 'limit' | 'model' | 'engine' | 'json' | 'batchSize' | 'search'
> & {
  readonly source: string;
};

/** Translates at every depth and prints BLEU, chrF and speed of each, the whole model first. */
export async function evaluateDepths(request: Depths): Promise<void> {
  const { io, model, engine, search, batchSize } = request;
  const [sources, ...references] = await alignedLines([request.source, ...request.targets], request);
  const translator = await openTranslator(model, engine, io.signal);
  const progress = statusLine(io);
  try {
    const { encoderLevels, decoderLevels } = translator.config;
    const all = depthsOf(encoderLevels, decoderLevels);
    // the first call also starts the engine, which is not the whole model's fault
    await translator.translateBatch(sources.slice(0, 1), { ...search, signal: io.signal });
    const found = [];
    for (const [i, levels] of all.entries()) {
      const started = performance.now();
      const results = await translator.translateBatch(sources, {
        ...search,
        levels,
        batchSize,
        signal: io.signal,
        onProgress: ({ done, total }) =>
          progress.show(`${named(levels)} levels (${i + 1} of ${all.length}): ${done} of ${total} sentences`),
      });
      const sentencesPerSecond = (1000 * sources.length) / (performance.now() - started);
      const hypotheses = results.map(oneLine);
      const [bleu, chrf] = [corpusBleu(hypotheses, references).score, corpusChrf(hypotheses, references).score];
      found.push({ levels, bleu, chrf, sentencesPerSecond });
    }
    progress.clear();
    const depths = withShares(found, 'bleu');
    const head = ['levels', 'BLEU', 'of all', 'chrF2', 'sentences/s'];
    const rows = depths.map(({ levels, bleu, share, chrf, sentencesPerSecond }) => [
      named(levels),
      bleu.toFixed(2),
      percent(share),
      chrf.toFixed(2),
      sentencesPerSecond.toFixed(1),
    ]);
    await print(request, { sentences: sources.length, depths, ...search, engine: translator.engine }, [head, ...rows]);
  } finally {
    progress.clear();
    translator.dispose();
  }
}

/**
 * Classifies every image with 1 … all levels and prints the accuracy of each depth, the whole model first.
 * @throws FailedError at the end if images could not be read
 */
export async function evaluateImageDepths(request: ImageSetRequest & { readonly json: boolean }): Promise<void> {
  const { classifier, problems, progress, say, count, batches } = await openImageSet(request);
  let unread = problems.length;
  try {
    const { config } = classifier;
    const found = Array.from({ length: config.levels }, (_, i) => ({
      levels: config.levels - i,
      right: 0,
      seconds: 0,
    }));
    let read = 0;
    for await (const batch of batches()) {
      if ('error' in batch) {
        unread += batch.labels.length;
        await say(batch.error);
        continue;
      }
      if (read === 0) await classifier.logits(batch.images); // starts the engine
      for (const depth of found) {
        const started = performance.now();
        const logits = await classifier.logits(batch.images, { levels: depth.levels });
        depth.seconds += (performance.now() - started) / 1000;
        depth.right += judge(logits, batch.labels).filter(({ label, guess }) => label === guess).length;
      }
      read += batch.labels.length;
      progress.show(`${read + unread} of ${count} images`);
    }
    progress.clear();
    if (read === 0) throw new FailedError(`None of the ${unread} images could be read.`);
    const depths = withShares(
      found.map(({ levels, right, seconds }) => ({
        levels,
        accuracy: right / read,
        imagesPerSecond: read / seconds,
      })),
      'accuracy',
    );
    const head = ['levels', 'accuracy', 'of all', 'images/s'];
    const rows = depths.map(({ levels, accuracy, share, imagesPerSecond }) => [
      String(levels),
      `${(100 * accuracy).toFixed(2)} %`,
      percent(share),
      imagesPerSecond.toFixed(1),
    ]);
    await print(request, { images: read, depths, engine: classifier.engine }, [head, ...rows]);
    if (unread > 0) throw new FailedError(`${unread} images could not be read; the figures are those of the others.`);
  } finally {
    progress.clear();
    classifier.dispose();
  }
}

/** All levels; then fewer on both sides, in the encoder only and in the decoder only. */
export function depthsOf(encoder: number, decoder: number): LevelCounts[] {
  const down = (most: number) => Array.from({ length: most - 1 }, (_, i) => most - 1 - i);
  const all = [
    { encoder, decoder },
    ...down(Math.max(encoder, decoder)).map((n) => ({ encoder: Math.min(n, encoder), decoder: Math.min(n, decoder) })),
    ...down(encoder).map((n) => ({ encoder: n, decoder })),
    ...down(decoder).map((n) => ({ encoder, decoder: n })),
  ];
  return [...new Map(all.map((levels) => [named(levels), levels])).values()];
}

const named = ({ encoder, decoder }: LevelCounts) => `${encoder}+${decoder}`;
const percent = (share: number | null) => (share === null ? '–' : `${(100 * share).toFixed(1)} %`);

/** Each with its share of the first's score; null if that is 0. */
function withShares<K extends string, T extends Record<K, number>>(found: readonly T[], key: K) {
  const whole = found[0]![key];
  return found.map((one) => ({ ...one, share: whole > 0 ? one[key] / whole : null }));
}

async function print({ io, json }: { readonly io: Io; readonly json: boolean }, report: object, rows: string[][]) {
  if (json) return writeJson(io.stdout, report);
  await write(io.stdout, table(rows, ['left', ...rows[0]!.slice(1).map(() => 'right' as const)]));
}
