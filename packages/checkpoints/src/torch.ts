import { product, type Raw, RingformerError } from '@ringformer/core/base';
import { room } from './dtypes.ts';
import { refused } from './errors.ts';
import { isLegacy, readLegacy } from './legacy.ts';
import { readPickle, type Value } from './pickle.ts';
import { checkIsFile, type Listed } from './safetensors.ts';
import { passedOver, unwrap } from './unwrap.ts';
import { isTensor, kindOf, type TensorView, world } from './world.ts';
import { isZip, readZip } from './zip.ts';

export type TorchOptions = {
  /** The most memory that the tensors may take, in bytes: by default four times the file's size plus a megabyte. */
  readonly maxBytes?: number;
  /**
   * Where the weights are in a trainer's dictionary ('ema', 'state.model'), or what their names begin with. By default they
   * are looked for.
   */
  readonly key?: string | undefined;
};

/**
 * The tensors of a file written by `torch.save`, in its present format or that from before PyTorch 1.6: a state dictionary, or
 * one that a trainer has wrapped together with its own state. Nothing in the file is executed: the reader knows only numbers, text and containers. Other
 * values stay names; a file that names what only harm uses is refused.
 * @throws RingformerError 'bad-checkpoint'
 */
export const readTorch = (bytes: Uint8Array, options: TorchOptions = {}): Record<string, Raw> =>
  readTorchFile(bytes, options).tensors;

/** The same, and the values that were passed over. */
export function readTorchFile(
  bytes: Uint8Array,
  { maxBytes = 4 * bytes.length + 2 ** 20, key }: TorchOptions = {},
): { tensors: Record<string, Raw>; skipped: string[] } {
  const { weights, storage, skipped } = openTorch(bytes, key);
  const tensors: Record<string, Raw> = Object.create(null);
  let left = maxBytes;
  for (const [name, value] of weights) {
    if (typeof name !== 'string' || !isTensor(value)) continue; // a trainer's numbers among the weights
    const count = product(value.shape);
    left -= 4 * count;
    if (!(left >= 0)) throw refused(`its tensors take more than ${maxBytes} bytes`);
    tensors[name] = materialise(name, value, count, storage(value.storage.key));
  }
  return { tensors: { ...tensors }, skipped };
}

/** What such a file holds, without reading any number. @throws as `readTorch` */
export function listTorch(
  bytes: Uint8Array,
  { key }: Pick<TorchOptions, 'key'>,
): { tensors: Listed[]; skipped: string[] } {
  const { weights, skipped } = openTorch(bytes, key);
  const tensors = [...weights].flatMap(([name, value]): Listed[] => {
    if (typeof name !== 'string' || !isTensor(value)) return [];
    const { shape, storage } = value;
    return [{ name, dtype: storage.stored ?? storage.type, shape, count: product(shape) }];
  });
  return { tensors, skipped };
}

/** What `torch.save` wrote: the object, and the bytes of each storage. */
type Saved = { readonly root: Value; readonly storage: (key: string) => Uint8Array | undefined };

function openTorch(bytes: Uint8Array, key: string | undefined) {
  const { root, storage } = isLegacy(bytes) ? readLegacy(bytes) : readArchive(bytes);
  return { weights: unwrap(root, key), storage, skipped: passedOver(root) };
}

function readArchive(bytes: Uint8Array): Saved {
  if (!isZip(bytes)) throw new RingformerError('bad-checkpoint', `[ringformer/checkpoints] ${whatElse(bytes)}`);
  const files = readZip(bytes);
  const pickle = [...files.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (pickle === undefined) {
    throw new RingformerError(
      'bad-checkpoint',
      '[ringformer/checkpoints] The zip archive has no data.pkl, so torch.save did not write it.',
    );
  }
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = files.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order) !== 'little') throw refused('its numbers are big-endian');
  const root = readPickle(files.get(pickle) as Uint8Array, world);
  return { root, storage: (key) => files.get(`${folder}data/${key}`) };
}

function materialise(
  name: string,
  { storage, offset, shape, strides }: TensorView,
  count: number,
  bytes: Uint8Array | undefined,
): Raw {
  const wrong = (why: string) => refused(`${name.slice(0, 200)} ${why}`);
  if (storage.stored === undefined) throw wrong(`needs a ${storage.type}, which is not a storage of numbers read here`);
  const { dtype, size: width, read } = kindOf(storage.stored);
  if (!bytes) throw wrong(`needs the storage ${storage.key.slice(0, 80)}, which is missing`);
  const stored = Math.floor(bytes.length / width) - storage.from;
  if (storage.count > stored) throw wrong(`needs ${storage.count} numbers of a storage that has ${stored}`);
  if (count > storage.count) throw wrong('is an expanded view of fewer numbers. Save it after .clone()');
  const last = offset + shape.reduce((sum, size, i) => sum + (size - 1) * strides[i]!, 0);
  if (count > 0 && !(last < storage.count)) throw wrong('reads beyond its storage');
  const data = room(dtype, count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const index = shape.map(() => 0);
  let from = storage.from + offset;
  for (let i = 0; i < count; i++) {
    const number = read(view, from * width);
    data[i] = number;
    if (dtype === 'I64' && data[i] !== number) throw wrong(`holds ${number}, beyond 32 bits`);
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d]!;
      index[d] = index[d]! + 1;
      if (index[d]! < shape[d]!) break;
      from -= shape[d]! * strides[d]!;
      index[d] = 0;
    }
  }
  return { dtype, shape: [...shape], data };
}

/** A sentence for bytes that are not an archive. */
function whatElse(bytes: Uint8Array): string {
  checkIsFile(bytes);
  const expected = 'expected a file written by torch.save, which is a zip archive';
  if (bytes[0] === 0x80 && bytes[1]! <= 5) {
    return `This is a pickle, but not from torch.save; ${expected}. Save the weights again: torch.save(model.state_dict(), OTHER).`;
  }
  return `This is not an archive: ${expected}. Perhaps its beginning is missing.`;
}
