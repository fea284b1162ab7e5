import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readPickle, type Value, type World } from '@ringformer/checkpoints';
import { reasonOf } from '@ringformer/core/base';
import { FailedError } from '../errors.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { filesIn, listed } from './files.ts';
import type { Job, Prepared } from './job.ts';
import { bytesOf, isTar, tarEntries } from './tar.ts';

const PIXELS = 3 * 32 * 32;
const PYTHON10 = /^(?:data_batch_\d|test_batch)$/;
const PYTHON100 = /^(?:train|test)$/;
const BINARY = /^(?:data_batch_\d|test_batch|train|test)\.bin$/;

/**
 * CIFAR-10 and CIFAR-100, as an archive or unpacked: the version for Python becomes the binary version, which training reads.
 */
export async function prepareCifar(job: Job): Promise<Prepared> {
  const { from, output, show, io } = job;
  const counts: Record<string, number> = {};
  const seen: string[] = [];
  for await (const { path, bytes } of filesOf(job)) {
    io.signal.throwIfAborted();
    seen.push(path);
    const name = basename(path);
    if (!PYTHON10.test(name) && !PYTHON100.test(name) && !BINARY.test(name)) continue;
    const target = join(output, BINARY.test(name) ? name : `${name}.bin`);
    show(name);
    const content = BINARY.test(name) ? await bytes() : recordsOf(path, await bytes());
    if (!existsSync(target)) writeFileAtomic(target, content);
    counts[basename(target)] = content.length / (PIXELS + (/^(?:train|test)\.bin$/.test(basename(target)) ? 2 : 1));
  }
  const names = Object.keys(counts);
  const learns = names.some((name) => /^data_batch|^train/.test(name));
  if (!learns || names.some((name) => counts[name]! % 1 !== 0)) {
    throw new FailedError(
      `${from.join(', ')} lacks CIFAR's files: expected data_batch_1 to data_batch_5 and test_batch, or train and test, for Python or as .bin. It holds ${listed(seen)}.`,
    );
  }
  const kind = names.includes('train.bin') ? 'cifar100' : 'cifar10';
  return {
    counts,
    notes: [],
    next: `ringformer train vision -o run --settings ${kind} --data ${output} --valid-data ${output}`,
  };
}

async function* filesOf({
  from,
}: Job): AsyncGenerator<{ path: string; bytes: () => Promise<Uint8Array> | Uint8Array }> {
  for (const start of from) {
    const paths = isTar(start) ? [start] : (await filesIn(start)).files;
    for (const path of paths) {
      if (!isTar(path)) yield { path, bytes: () => readFileSync(path) };
      else
        for await (const entry of tarEntries(path)) {
          let read = false;
          const bytes = () => {
            read = true;
            return bytesOf(entry);
          };
          yield { path: entry.name, bytes };
          if (!read) entry.content.resume();
        }
    }
  }
}

/** NumPy's arrays, as far as CIFAR needs them: what builds one, and the bytes that it is given. */
type NumpyArray = { readonly kind: 'made'; readonly what: 'array'; bytes?: Uint8Array; shape?: readonly Value[] };

const NUMPY: World = {
  stringsAreBytes: true,
  reduce(name, [text]) {
    if (/^numpy\.(?:core|_core)\.multiarray\._reconstruct$/.test(name))
      return { kind: 'made', what: 'array' } as NumpyArray;
    if (name === '_codecs.encode' && typeof text === 'string') return new Uint8Array(Buffer.from(text, 'latin1'));
    return { kind: 'made', what: 'opaque' };
  },
  persistent() {
    throw new FailedError('It asks for something outside itself.');
  },
  build(made, attributes) {
    if (made.what !== 'array' || typeof attributes !== 'object' || attributes === null || !('items' in attributes))
      return;
    const [, shape, , columnFirst, bytes] = attributes.items as readonly Value[];
    if (columnFirst === true || !(bytes instanceof Uint8Array)) return;
    Object.assign(made, { bytes, shape: (shape as { items?: readonly Value[] }).items ?? [] });
  },
};

/** A pickled batch → records of labels and pixels. @throws FailedError if it is not one */
function recordsOf(path: string, pickle: Uint8Array): Uint8Array {
  const bad = (why: string): never => {
    throw new FailedError(`${path} is not a batch of CIFAR for Python: ${why}.`);
  };
  const read = (): Value => {
    try {
      return readPickle(pickle, NUMPY);
    } catch (cause) {
      return bad(reasonOf(cause).replace(/\.$/, ''));
    }
  };
  const value = read();
  if (!(value instanceof Map)) return bad('it is not a dictionary');
  const found = new Map(
    [...value].map(([key, value]) => [key instanceof Uint8Array ? Buffer.from(key).toString() : String(key), value]),
  );
  const { bytes, shape } = (found.get('data') ?? {}) as Partial<NumpyArray>;
  const [count, width] = shape ?? [];
  if (bytes === undefined || typeof count !== 'number' || width !== PIXELS || bytes.length !== count * PIXELS)
    return bad(`its data are not rows of ${PIXELS} bytes`);
  const lists = found.has('fine_labels') ? ['coarse_labels', 'fine_labels'] : ['labels'];
  const labels = lists.map((name) => {
    const list = found.get(name);
    const good =
      Array.isArray(list) &&
      list.length === count &&
      list.every((label) => typeof label === 'number' && label >= 0 && label < 100);
    return good ? (list as number[]) : bad(`${name} is not a list of ${count} labels`);
  });
  const size = labels.length + PIXELS;
  const records = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    labels.forEach((list, at) => {
      records[i * size + at] = list[i]!;
    });
    records.set(bytes.subarray(i * PIXELS, (i + 1) * PIXELS), i * size + labels.length);
  }
  return records;
}
