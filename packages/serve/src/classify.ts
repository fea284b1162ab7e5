import type { Guess } from '@ringformer/vit/engine';
import { type Batcher, makeBatcher, type Outcome, QueueFull } from './batcher.ts';
import type { ImageReader } from './documents-in-thread.ts';
import { Refusal } from './failure.ts';
import type { Lease } from './lease.ts';
import { countOutcomes, type Metrics, meterOf } from './metrics.ts';
import type { ImageModel, Settings } from './options.ts';
import { readImage } from './read-image.ts';
import { shown } from './translate.ts';

export type ClassifyBody = {
  readonly image?: string;
  readonly images?: readonly string[];
  readonly top?: number;
  readonly levels?: number;
  readonly invert?: boolean;
};
type Choice = Pick<ClassifyBody, 'top' | 'levels'>;
type Answer = { readonly classes: readonly Guess[] };

/** What the route needs to classify. */
export type Gallery = {
  readonly model: ImageModel;
  readonly work: Batcher<Float32Array, Choice, Answer>;
  readonly settings: Settings;
  readonly metrics: Pick<Metrics, 'items'>;
  /** How many images are being decoded, or wait for it. */
  reading: number;
};

export function makeGallery(
  model: ImageModel,
  settings: Settings,
  metrics: Pick<Metrics, 'items' | 'batchItems' | 'batchSeconds'>,
): Gallery {
  const { classifier } = model;
  const work = makeBatcher<Float32Array, Choice, Answer>({
    async run(images, options) {
      const one = images[0]?.length ?? 0;
      const all = new Float32Array(images.length * one);
      for (const [i, image] of images.entries()) all.set(image, i * one);
      return (await classifier.classify(all, options)).map((classes) => ({ classes }));
    },
    weigh: () => 1,
    size: settings.batchSize,
    weight: Number.POSITIVE_INFINITY,
    room: settings.queue,
    onBatch: meterOf(metrics, 'classify'),
  });
  return { model, work, settings, metrics, reading: 0 };
}

/** `POST /classify` with JSON. @throws Refusal, QueueFull, the lease's reason; the error of its only image */
export async function answerClassify(gallery: Gallery, body: ClassifyBody, lease: Lease): Promise<object> {
  const { image, images, ...options } = body;
  if ((image === undefined) === (images === undefined))
    throw new Refusal(400, 'bad-request', 'Expected either image or images, in base64.');
  const outcomes = await classifyImages(gallery, (images ?? [image as string]).map(fromBase64), options, lease);
  return images ? { results: outcomes.map((outcome) => shown(outcome, (value) => value)) } : only(outcomes);
}

/** The same with the bytes of one image. */
export async function answerImage(
  gallery: Gallery,
  bytes: Uint8Array,
  options: Omit<ClassifyBody, 'image' | 'images'>,
  lease: Lease,
): Promise<object> {
  return only(await classifyImages(gallery, [{ value: bytes }], options, lease));
}

function only(outcomes: readonly Outcome<Answer>[]): Answer {
  const [outcome] = outcomes as [Outcome<Answer>];
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

async function classifyImages(
  gallery: Gallery,
  images: readonly Outcome<Uint8Array>[],
  { top = 5, levels, invert = false }: Omit<ClassifyBody, 'image' | 'images'>,
  { signal }: Lease,
): Promise<Outcome<Answer>[]> {
  const { model, work, settings, metrics } = gallery;
  if (images.length > settings.maxItems)
    throw new Refusal(413, 'too-large', `${images.length} images at once; this server takes ${settings.maxItems}.`);
  const outcomes: Outcome<Answer>[] = [];
  const ready: { readonly place: number; readonly pixels: Float32Array }[] = [];
  if (gallery.reading + images.length > settings.queue) throw new QueueFull(1);
  let left = images.length;
  gallery.reading += left;
  try {
    for (const [place, image] of images.entries()) {
      signal.throwIfAborted();
      try {
        if ('error' in image) throw image.error;
        const { transform } = model;
        const read = settings.readImage ?? hereAndNow;
        ready.push({ place, pixels: await read(image.value, { transform, invert, signal }) });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        outcomes[place] = { error };
      }
      gallery.reading--;
      left--;
    }
  } finally {
    gallery.reading -= left;
  }
  const found = await work.submit(
    ready.map(({ pixels }) => pixels),
    levels === undefined ? { top } : { top, levels },
    signal,
  );
  ready.forEach(({ place }, i) => {
    outcomes[place] = found[i] as Outcome<Answer>;
  });
  countOutcomes(metrics, 'classify', outcomes);
  return outcomes;
}

/** In this thread, with a breath between two images. */
const hereAndNow: ImageReader = async (bytes, options) => {
  await new Promise((resolve) => setImmediate(resolve));
  options.signal.throwIfAborted();
  return readImage(bytes, options);
};

function fromBase64(written: string): Outcome<Uint8Array> {
  const data = written.replace(/^data:[^,]*;base64,/, '').replace(/\s+/g, '');
  if (/^[\w+/-]+={0,2}$/.test(data)) return { value: Buffer.from(data, 'base64') };
  return {
    error: new Refusal(422, 'bad-file', 'This is not base64. Send the bytes of a JPEG, PNG or WebP file in it.'),
  };
}
