import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  attentionDistance,
  type CompareOptions,
  compareVision,
  exitCurve,
  imageAnswers,
  qualityByDepth,
  rollout,
  signalSimilarity,
} from '@ringformer/analysis';
import { type Backend, reasonOf } from '@ringformer/core';
import { select, type Transform } from '@ringformer/images';
import {
  ckaPicture,
  classTokenPicture,
  depthPicture,
  distancePicture,
  type ImageOf,
  imageHeadsPicture,
  imageRolloutPicture,
  imageSignalsPicture,
  type Picture,
  signalsPicture,
  similarityPicture,
  statesPicture,
} from '@ringformer/pictures';
import {
  type AnyParams,
  type ImageInspection,
  loadVit,
  readConfig,
  tensorClassifier,
  type VitConfig,
} from '@ringformer/vit';
import { vitArchitectureNamed } from '../architecture.ts';
import { findImageModel, prepare, readTransform } from '../classify/files.ts';
import { sourcesOf } from '../classify/sources.ts';
import { visionOf } from '../cost/show-cost.ts';
import { describeError, FailedError, UsageError } from '../errors.ts';
import { readable } from '../evaluate/image-set.ts';
import { type Io, write } from '../io.ts';
import { onlyOnnx } from '../model.ts';
import { throwIfStopped } from '../stop.ts';
import { openDataset } from '../train/vision/data.ts';
import { costPictures } from './cost.ts';
import { meanRows, meanStrength, nameOf } from './parts.ts';
import { previewOf } from './preview.ts';
import { INSPECTED, type Subject, type SubjectRequest } from './subject.ts';

type Opened = Awaited<ReturnType<typeof open>>;

const MOST_IMAGES = 200;
/** How many images are drawn with what the model looked at in them. */
const DRAWN = 2;
/** Unbiased CKA needs at least as many examples. */
const LEAST_FOR_CKA = 4;
const IMAGE = /\.(?:jpe?g|png|webp)$/i;

/** An image classifier, shown images. */
export async function visionSubject(request: SubjectRequest, backend: Backend, io: Io): Promise<Subject> {
  if (request.source !== undefined || request.target !== undefined) {
    throw new UsageError(
      '--source and --target are for translation models. For an image classifier, give --data. See ringformer analyse --help.',
    );
  }
  if (request.kinds.length === 1 && request.kinds[0] === 'alignment') {
    throw new UsageError('alignment is for translation models: an image classifier has no words. Try attention.');
  }
  const opened: Opened[] = [];
  const dispose = () => {
    for (const { classifier } of opened) classifier.dispose();
  };
  try {
    const one = await open(request.model, backend, io.signal);
    opened.push(one);
    const other = request.against === undefined ? undefined : await open(request.against, backend, io.signal);
    if (other) opened.push(other);
    const { config } = one.model;
    if (
      other &&
      (other.model.config.imageSize !== config.imageSize || other.model.config.channels !== config.channels)
    ) {
      throw new FailedError(
        `${one.name} takes images of [${config.channels} ${config.imageSize} ${config.imageSize}], but ${other.name} of [${other.model.config.channels} ${other.model.config.imageSize} ${other.model.config.imageSize}]. Compare models of one size.`,
      );
    }
    const { found, unread } = await imagesOf(request, one, io);
    const images = found.map(({ numbers }) => numbers);
    const labels = labelsOf(found, one.model, request);
    if (images.length < LEAST_FOR_CKA && String(request.kinds) === 'cka') {
      throw new FailedError(
        `CKA needs at least ${LEAST_FOR_CKA} images, got ${images.length}. Give a folder with more as --data.`,
      );
    }
    return { ...subjectOf(one, other, images, labels, request.data, io), unread, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function subjectOf(
  one: Opened,
  other: Opened | undefined,
  images: readonly Float32Array[],
  labels: readonly number[] | undefined,
  data: string | undefined,
  io: Io,
): Omit<Subject, 'dispose'> {
  const { config } = one.model;
  const { architecture, levels, dim, heads, imageSize, patchSize } = config;
  const enough = images.length >= LEAST_FOR_CKA;
  let measured: Promise<ImageInspection[]> | undefined;
  const some = (onShare: (share: number) => void) => {
    measured ??= inspectAll(one, images.slice(0, INSPECTED), io, onShare);
    return measured;
  };
  const ckas = async (onShare: (share: number) => void): Promise<Picture[]> => {
    const flat = joined(images);
    const of = (models: Parameters<typeof compareVision>[0], from: number) => {
      const onProgress: CompareOptions['onProgress'] = ({ done, total }) =>
        onShare(from + done / total / (other ? 2 : 1));
      return compareVision(models, flat, { signal: io.signal, onProgress });
    };
    const itself = ckaPicture(await of([one.model, one.model], 0), { side: 'classifier', models: [one.name] });
    if (!other) return [itself];
    const both = await of([one.model, other.model], 0.5);
    return [itself, ckaPicture(both, { side: 'classifier', models: [one.name, other.name] })];
  };
  return {
    facts: [
      ['Model', one.name],
      [
        'Architecture',
        `${architecture}, ${levels} ${levels === 1 ? 'level' : 'levels'}, width ${dim}, ${heads} ${heads === 1 ? 'head' : 'heads'}`,
      ],
      ...(other ? [['Compared with', other.name] as const] : []),
      ['Images', `${imageSize} × ${imageSize} pixels in patches of ${patchSize} × ${patchSize}`],
      ...(labels ? [] : [['Left out', 'depth, because the images have no classes that the model knows'] as const]),
      ...(enough ? [] : [['Left out', `CKA, which needs at least ${LEAST_FOR_CKA} images`] as const]),
      [
        'Shown',
        `${images.length} ${images.length === 1 ? 'image' : 'images'}${data === undefined ? ` that ${images.length === 1 ? 'comes' : 'come'} with the model` : ` from ${data}`}`,
      ],
    ],
    kinds: [
      ...(enough ? (['cka'] as const) : []),
      'distance',
      'attention',
      'signals',
      ...(labels ? (['depth'] as const) : []),
      'cost',
    ],
    async pictures(kind, onShare) {
      switch (kind) {
        case 'cka':
          return ckas(onShare);
        case 'distance': {
          const found = await some(onShare);
          const distances = found.map(({ attention }) => attention.map((map) => attentionDistance(map, patchSize)));
          return [distancePicture(meanRows(distances), { side: 'classifier', unit: 'pixels' })];
        }
        case 'attention':
          return (await some(onShare)).slice(0, DRAWN).flatMap((found, i) => attention(found, images[i]!, i, config));
        case 'alignment':
          return [];
        case 'signals':
          return signals(await some(onShare), images[0]!, one.model);
        case 'depth': {
          if (!labels) return [];
          const answers = await imageAnswers(one.model, joined(images), labels);
          const named = { title: 'What fewer levels cost', what: 'images' };
          return [depthPicture(qualityByDepth(answers), exitCurve(answers), named)];
        }
        case 'cost':
          return costPictures(await visionOf(config, ''), one.name, 'one image');
      }
    },
  };
}

function attention(
  { attention: maps, logits }: ImageInspection,
  numbers: Float32Array,
  i: number,
  config: VitConfig,
): Picture[] {
  const guess = logits.indexOf(Math.max(...logits));
  const called = `image ${i + 1}, taken for ‘${config.labels?.[guess] ?? `class ${guess}`}’`;
  const image = previewOf(numbers, config);
  const of = (name: string, title: string): ImageOf => ({
    name: `${name}-image-${i + 1}`,
    title: `${title}: ${called}`,
    image,
  });
  const found = [
    classTokenPicture(maps, of('attention', 'Where the class token looks')),
    imageRolloutPicture(rollout(maps), of('rollout', 'What reached the class token')),
  ];
  if (i > 0) return found;
  const last = maps.length - 1;
  return [...found, imageHeadsPicture(maps[last]!, last, of('heads', `The heads of level ${last + 1}`))];
}

async function signals(
  found: readonly ImageInspection[],
  numbers: Float32Array,
  { config, params }: Opened['model'],
): Promise<Picture[]> {
  const [first] = found;
  const states = statesPicture(first!.states, config.dim, {
    name: 'states',
    title: 'How the levels turn the vectors of the first image',
  });
  const strengths = meanStrength(found.map(({ signals }) => signals));
  if (strengths.length === 0) return [states];
  const over = imageSignalsPicture(first!.tokenSignals, {
    name: 'signals-image',
    title: 'Signals of the first image, patch by patch',
    image: previewOf(numbers, config),
  });
  const similar = similarityPicture(await signalSimilarity(params), {
    name: 'similarity',
    title: 'How alike the signals of the levels are',
  });
  return [
    signalsPicture(strengths.map((strength, i) => ({ name: `level ${i + 1}`, strength }))),
    over,
    similar,
    states,
  ];
}

async function inspectAll(
  { classifier }: Opened,
  images: readonly Float32Array[],
  io: Io,
  onShare: (share: number) => void,
) {
  const found: ImageInspection[] = [];
  for (const image of images) {
    await throwIfStopped(io.signal);
    found.push(await classifier.inspect(image));
    onShare(found.length / images.length);
  }
  return found;
}

async function open(given: string | undefined, backend: Backend, signal: AbortSignal) {
  const files = await findImageModel(given);
  if ('graph' in files) throw new FailedError(onlyOnnx(given));
  const config = readConfig(readFileSync(files.config, 'utf8'));
  const bytes = await backend.readBytes(files.weights, { signal });
  const model = loadVit<AnyParams>(config, bytes, await vitArchitectureNamed(config.architecture));
  return {
    name: nameOf(given ?? '@ringformer/model-fashion'),
    model,
    classifier: tensorClassifier(model),
    transform: readTransform(files.transform),
    /** Images that came with the model. */
    samples: join(dirname(files.config), '../samples'),
  };
}

/** An image as the model takes it, and the name of its class if the data says it. */
type Shown = { readonly numbers: Float32Array; readonly label?: string };

/** The classes of all images by the model's numbers; undefined if some have none. @throws FailedError if only depth was asked for */
function labelsOf(
  images: readonly Shown[],
  { config }: Opened['model'],
  { kinds, data }: SubjectRequest,
): number[] | undefined {
  const names = config.labels ?? Array.from({ length: config.classes }, (_, i) => String(i));
  const found = images.map(({ label }) => (label === undefined ? -1 : names.indexOf(label)));
  if (!found.includes(-1)) return found;
  if (String(kinds) !== 'depth') return undefined;
  throw new FailedError(
    `depth needs images with classes that the model knows (${names.join(', ')}), and ${data ?? 'the images'} has others or none. Give a folder for each class as --data.`,
  );
}

function joined(images: readonly Float32Array[]): Float32Array {
  const flat = new Float32Array(images.length * images[0]!.length);
  images.forEach((image, i) => flat.set(image, i * image.length));
  return flat;
}

type Found = { readonly found: readonly Shown[]; readonly unread: number };

/** The images to show; those that can't be read are reported on stderr, and counted. @throws FailedError, UsageError */
async function imagesOf(
  { data, limit = MOST_IMAGES }: SubjectRequest,
  { samples, transform }: Opened,
  io: Io,
): Promise<Found> {
  const from = data ?? samples;
  if (data === undefined && !existsSync(samples)) {
    throw new UsageError(
      'This model comes without images. Give some as --data: a folder, or one with a folder for each class.',
    );
  }
  if (isEmpty(from)) throw new FailedError(`There are no images in ${from}: the folder is empty.`);
  const all = holdsImages(from)
    ? await fromFiles(from, transform, limit, io)
    : await fromDataset(from, transform, limit, io);
  if (all.found.length > 0) return all;
  throw new FailedError(
    all.unread > 0 ? `None of the ${all.unread} images in ${from} could be read.` : `There are no images in ${from}.`,
  );
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const isEmpty = (path: string): boolean => isFolder(path) && readdirSync(path).length === 0;

const holdsImages = (path: string): boolean =>
  existsSync(path) && (!isFolder(path) || readdirSync(path).some((name) => IMAGE.test(name)));

async function fromFiles(path: string, transform: Transform, limit: number, io: Io): Promise<Found> {
  const found: Shown[] = [];
  let unread = 0;
  for await (const { name, bytes } of sourcesOf([path], io)) {
    io.signal.throwIfAborted();
    try {
      found.push({ numbers: await prepare(name, bytes, transform, { invert: false, raw: false }) });
    } catch (error) {
      io.signal.throwIfAborted();
      if (!isFolder(path)) throw error;
      unread++;
      await write(io.stderr, describeError(error, false));
    }
    if (found.length === limit) break;
  }
  return { found, unread };
}

/** Of a data set as many images as wanted, from all parts of it. */
async function fromDataset(path: string, transform: Transform, limit: number, io: Io): Promise<Found> {
  const problems: string[] = [];
  const all = await openDataset(path, { part: 'test', onProblem: (error) => problems.push(reasonOf(error)) });
  const count = Math.min(limit, all.length);
  const some = select(
    all,
    Array.from({ length: count }, (_, i) => Math.floor((i * all.length) / count)),
  );
  const found: Shown[] = [];
  const reading = { size: 16, seed: 0, shuffle: false, transform, signal: io.signal };
  for await (const batch of readable(some, reading)) {
    if ('error' in batch) {
      problems.push(batch.error);
      continue;
    }
    const { images, labels, shape } = batch;
    const each = images.length / shape[0];
    for (let i = 0; i < shape[0]; i++)
      found.push({ numbers: images.slice(i * each, (i + 1) * each), label: all.classes[labels[i]!] });
  }
  for (const said of problems) await write(io.stderr, `ringformer: ${said}\n`);
  return { found, unread: problems.length };
}
