import { type ErrorCode, isRingformerError, reasonOf } from '@ringformer/core/base';
import type { FileSample, Sample } from './dataset.ts';
import { decodeImage } from './decode.ts';
import { type Image, refuse } from './image.ts';
import { type Transform, transformImage, type Values } from './transform.ts';

/** An image or its file, and the seed of its random choices. */
export type JobItem = { readonly seed: number } & (Omit<Sample, 'label'> | Omit<FileSample, 'label'>);

/** Everything needed to make a batch's numbers. Plain data, so a worker can do it too. */
export type Job = { readonly items: readonly JobItem[]; readonly transform: Transform };

/** Numbers of shape [b c h w]. */
export type JobResult = { readonly shape: readonly [number, number, number, number]; readonly data: Float32Array };

/** Threads that make batches. */
export type Workers = {
  readonly count: number;
  run(job: Job): Promise<JobResult>;
  /** Ends the threads; pending requests are rejected. */
  end(): Promise<void>;
};

export type WorkerQuestion = { readonly id: number; readonly job: Job };
export type WorkerAnswer = { readonly id: number } & (
  | { readonly result: JobResult }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } }
);

/** @throws RingformerError 'bad-file' naming the file, or 'bad-shape' if images come out in different sizes. */
export async function runJob({ items, transform }: Job): Promise<JobResult> {
  let all: { shape: Values['shape']; data: Float32Array } | undefined;
  for (const [i, item] of items.entries()) {
    const image = 'image' in item ? item.image : await decodeNamed(item);
    const { shape, data } = transformNamed(image, transform, item);
    all ??= { shape, data: new Float32Array(data.length * items.length) };
    if (String(shape) !== String(all.shape)) {
      const found = `The transform gives images of [c h w] = [${all.shape}] and [${shape}] in one batch.`;
      refuse('bad-shape', `${found} End its steps with one that sets the size, and with 'rgb' or 'grayscale'.`);
    }
    all.data.set(data, i * data.length);
  }
  if (!all) return refuse('bad-argument', 'A batch needs at least one image.');
  return { shape: [items.length, ...all.shape], data: all.data };
}

/** @throws RingformerError as `transformImage`, its message with the file's name */
function transformNamed(image: Image, transform: Transform, item: JobItem): Values {
  if (!('name' in item)) return transformImage(image, transform, item.seed);
  try {
    return transformImage(image, transform, item.seed);
  } catch (cause) {
    if (!isRingformerError(cause)) throw cause;
    return refuse(cause.code, `${item.name}: ${reasonOf(cause)}`, cause);
  }
}

/** @throws RingformerError as `decodeImage`, its message with the file's name */
export async function decodeNamed({ bytes, name, ...options }: Omit<FileSample, 'label'>): Promise<Image> {
  return decodeImage(bytes, options).catch((cause: unknown) => {
    if (!isRingformerError(cause)) throw cause;
    return refuse('bad-file', `${name}: ${reasonOf(cause)}`, cause);
  });
}
