import type { Dataset, FileSample, Sample } from './dataset.ts';
import { checkCount, refuse } from './image.ts';
import { type JobItem, runJob, type Workers } from './job.ts';
import { epochOrder, imageSeed } from './order.ts';
import type { Transform } from './transform.ts';
import { startWorkers } from './workers.ts';

/** The next batch to read: plain data that can be stored with a run. */
export type Cursor = { readonly epoch: number; readonly batch: number };

export type BatchOptions = {
  /** Images in a batch. The last of an epoch may have fewer. */
  readonly size: number;
  /** Decides the order and every random choice of the transform. */
  readonly seed: number;
  readonly transform: Transform;
  /** Each epoch has its own order. If false, images come in the data set's order. */
  readonly shuffle?: boolean;
  /** Leaves out the last batch if it has fewer images. */
  readonly dropLast?: boolean;
};

export type PrefetchOptions = {
  /** Where to begin; by default the first batch of epoch 0. */
  readonly epoch?: number;
  readonly batch?: number;
  /** Makes only every so manieth batch, from the first on. Default: 1. */
  readonly every?: number;
  /** Threads that decode and transform ahead (Node.js): how many, or those of `startWorkers`. By default 0: this thread. */
  readonly workers?: number | Workers;
  readonly signal?: AbortSignal;
};

export type ImageBatch = {
  /** [b c h w], flat */
  readonly images: Float32Array;
  readonly shape: readonly [number, number, number, number];
  /** [b] */
  readonly labels: Int32Array;
  /** Where the next batch begins. */
  readonly next: Cursor;
};

/** How many batches an epoch has. */
export function batchesPerEpoch(
  length: number,
  { size, dropLast = false }: Pick<BatchOptions, 'size' | 'dropLast'>,
): number {
  checkCount('size', size);
  return dropLast ? Math.floor(length / size) : Math.ceil(length / size);
}

/**
 * The batches of one epoch, starting at a cursor. They depend only on the data set, `BatchOptions` and the cursor, not on the
 * workers or where reading began. `batches(dataset, { ...options, ...cursor })` continues where a run stopped.
 * @throws RingformerError as the data set and the transform do; 'lost' if a worker dies; the signal's reason.
 */
export async function* batches(
  dataset: Dataset,
  options: BatchOptions & PrefetchOptions,
): AsyncGenerator<ImageBatch, void> {
  const { epoch = 0, batch = 0, every = 1, workers = 0, signal } = options;
  const read = batchReader(dataset, options, epoch);
  const end = batchesPerEpoch(dataset.length, options);
  checkCount('batch', batch, 0);
  checkCount('every', every);
  const own = typeof workers === 'number';
  if (own) checkCount('workers', workers, 0);
  const team = own ? (workers > 0 ? startWorkers(workers) : undefined) : workers;
  const ahead = team ? 2 * team.count : 1; // as many in work, as many waiting for it
  const coming: Promise<ImageBatch>[] = [];
  try {
    for (let asked = batch; ; ) {
      signal?.throwIfAborted();
      for (; asked < end && coming.length < ahead; asked += every) {
        const made = read(asked, team?.run ?? runJob);
        made.catch(() => {}); // awaited in its turn, or not at all
        coming.push(made);
      }
      const first = coming.shift();
      if (!first) return;
      yield await unlessAborted(first, signal);
    }
  } finally {
    if (own) await team?.end();
  }
}

/** All images in the data set's order, in large batches: what `judgeImages` of @ringformer/vit/train reads. */
export const testBatches = (dataset: Dataset, transform: Transform, signal?: AbortSignal) =>
  batches(dataset, { size: 128, seed: 0, shuffle: false, transform, signal });

/** The batches of a data set, starting at any cursor: what `imageTask` of @ringformer/vit/train reads. */
export function batchSource(
  dataset: Dataset,
  options: BatchOptions & Pick<PrefetchOptions, 'workers' | 'signal' | 'every'>,
) {
  return {
    every: options.every ?? 1,
    batchesPerEpoch: batchesPerEpoch(dataset.length, options),
    from: (cursor: Cursor) => batches(dataset, { ...options, ...cursor }),
  };
}

/** The batch at a cursor, made here and now. */
export async function readBatch(dataset: Dataset, options: BatchOptions, cursor: Cursor): Promise<ImageBatch> {
  return batchReader(dataset, options, cursor.epoch)(cursor.batch, runJob);
}

/** Reads any batch of an epoch. */
function batchReader(dataset: Dataset, options: BatchOptions, epoch: number) {
  const { size, seed, transform, shuffle = true } = options;
  if (!Number.isInteger(seed)) refuse('bad-argument', `seed must be an integer; got ${seed}.`);
  checkCount('epoch', epoch, 0);
  const count = batchesPerEpoch(dataset.length, options);
  const order = shuffle
    ? epochOrder(dataset.length, seed, epoch)
    : Uint32Array.from({ length: dataset.length }, (_, i) => i);

  return async (batch: number, run: Workers['run']): Promise<ImageBatch> => {
    checkCount('batch', batch, 0);
    if (batch >= count) refuse('bad-argument', `There is no batch ${batch}; the epoch has ${count}, numbered from 0.`);
    const indices = order.subarray(batch * size, (batch + 1) * size);
    const labels = new Int32Array(indices.length);
    const items: JobItem[] = [];
    // one at a time: all files of a batch at once can be more than a process may have open
    for (const [k, i] of indices.entries()) {
      const { label, ...item } = await readItem(dataset, i);
      labels[k] = label;
      items.push({ ...item, seed: imageSeed(seed, epoch, i) });
    }
    const { data: images, shape } = await run({ items, transform });
    const next = batch + 1 < count ? { epoch, batch: batch + 1 } : { epoch: epoch + 1, batch: 0 };
    return { images, shape, labels, next };
  };
}

/** Files stay files here: whoever makes the batch decodes them. */
async function readItem(dataset: Dataset, i: number): Promise<FileSample | Sample> {
  return dataset.file ? dataset.file(i) : dataset.get(i);
}

/** The promise's value, or the signal's reason as soon as it is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
