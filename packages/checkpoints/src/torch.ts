import { type Dtype, halfToFloat, product, type Raw, RingformerError } from '@ringformer/core/base';
import { isGlobal, isTuple, type Made, readPickle, refused, type Tuple, type Value, type World } from './pickle.ts';
import { isZip, readZip } from './zip.ts';

export type TorchOptions = {
  /** The most memory that the tensors may take, in bytes: by default four times the file's size plus a megabyte. */
  readonly maxBytes?: number;
};

/** What a storage holds, and how many bytes a number has. */
type Kind = { readonly dtype: Dtype; readonly size: number; read(view: DataView, at: number): number };
type Storage = Made & {
  readonly what: 'storage';
  readonly key: string;
  readonly numbers: Kind;
  readonly count: number;
};
type TensorView = Made & {
  readonly what: 'tensor';
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
};

const KINDS: Record<string, Kind> = {
  FloatStorage: { dtype: 'F32', size: 4, read: (view, at) => view.getFloat32(at, true) },
  DoubleStorage: { dtype: 'F32', size: 8, read: (view, at) => view.getFloat64(at, true) },
  HalfStorage: { dtype: 'F16', size: 2, read: (view, at) => halfToFloat(view.getUint16(at, true)) },
  BFloat16Storage: { dtype: 'BF16', size: 2, read: (view, at) => bfloatToFloat(view.getUint16(at, true)) },
  IntStorage: { dtype: 'I32', size: 4, read: (view, at) => view.getInt32(at, true) },
  ShortStorage: { dtype: 'I32', size: 2, read: (view, at) => view.getInt16(at, true) },
  CharStorage: { dtype: 'I32', size: 1, read: (view, at) => view.getInt8(at) },
  ByteStorage: { dtype: 'I32', size: 1, read: (view, at) => view.getUint8(at) },
  BoolStorage: { dtype: 'I32', size: 1, read: (view, at) => view.getUint8(at) },
  LongStorage: { dtype: 'I64', size: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
};

const word = new DataView(new ArrayBuffer(4));
function bfloatToFloat(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

const OPAQUE: Made = { kind: 'made', what: 'opaque' };
/** What trainers store beside weights (numpy's numbers, devices, types): skipped, never built. */
const PASSED_OVER =
  /^(?:_codecs\.encode|torch\.(?:device|dtype|_utils\._rebuild_device_tensor_from_numpy)|numpy(?:\._core|\.core)?\.(?:multiarray\.scalar|dtype)|argparse\.Namespace)$/;

/** PyTorch's world, as far as state dictionaries need it. */
const world: World = {
  reduce(name, args) {
    const [first] = args;
    if (name === 'collections.OrderedDict' || name === 'collections.defaultdict') return ordered(args);
    if (name === 'torch.Size') return first !== undefined && isTuple(first) ? first : { kind: 'tuple', items: args };
    if (name === 'torch._utils._rebuild_tensor_v2' || name === 'torch._utils._rebuild_tensor') return rebuild(args);
    if (name === 'torch._utils._rebuild_parameter') {
      if (first === undefined || !isTensor(first)) throw refused('a parameter without a tensor');
      return first;
    }
    if (PASSED_OVER.test(name)) return OPAQUE;
    throw refused(`it asks to call ${name.slice(0, 80)}; only tensors and containers are built`);
  },
  persistent(id) {
    const [tag, type, key, , count] = isTuple(id) ? id.items : [];
    const name = type !== undefined && isGlobal(type) ? type.name : undefined;
    const kind = name === undefined ? undefined : KINDS[name.replace(/^torch(?:\.cuda)?\./, '')];
    if (tag === 'storage' && kind && typeof key === 'string' && isCount(count)) {
      return { kind: 'made', what: 'storage', key, numbers: kind, count } as Storage;
    }
    throw refused(
      `it asks for ${name === undefined ? 'something' : name.slice(0, 80)}, which is not a storage of numbers`,
    );
  },
};

function ordered(args: readonly Value[]): Map<Value, Value> {
  const made = new Map<Value, Value>();
  const [items] = args.filter(Array.isArray);
  for (const item of items ?? []) {
    if (!isTuple(item) && !Array.isArray(item)) throw refused('a dictionary that holds something other than pairs');
    const [key, value] = Array.isArray(item) ? item : item.items;
    made.set(key as Value, value as Value);
  }
  return made;
}

function rebuild([storage, offset, shape, strides]: readonly Value[]): TensorView {
  if (!isMade(storage, 'storage') || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    throw refused('a tensor is not described the way PyTorch does it');
  }
  if (shape.items.length !== strides.items.length)
    throw refused('a tensor has a different number of strides and dimensions');
  return {
    kind: 'made',
    what: 'tensor',
    storage: storage as Storage,
    offset,
    shape: shape.items as number[],
    strides: strides.items as number[],
  } as TensorView;
}

const isMade = (value: Value | undefined, what: string): value is Made =>
  typeof value === 'object' && value !== null && 'what' in value && value.what === what;
const isTensor = (value: Value): value is TensorView => isMade(value, 'tensor');
const isCount = (value: Value | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: Value | undefined): value is Tuple =>
  value !== undefined && isTuple(value) && value.items.length <= 16 && value.items.every(isCount);

/** Names under which trainers keep the weights. */
const WRAPPERS = ['model_state_dict', 'state_dict', 'model', 'module', 'net'];

/**
 * The tensors of a file written by `torch.save` (PyTorch 1.6 or later): a state dictionary, or one that a trainer has wrapped
 * together with its own state. Nothing in the file is executed: the reader knows only numbers, text and containers, and
 * refuses everything else.
 * @throws RingformerError 'bad-checkpoint'
 */
export function readTorch(
  bytes: Uint8Array,
  { maxBytes = 4 * bytes.length + 2 ** 20 }: TorchOptions = {},
): Record<string, Raw> {
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
  const weights = unwrap(readPickle(files.get(pickle) as Uint8Array, world));
  const tensors: Record<string, Raw> = Object.create(null);
  let left = maxBytes;
  for (const [name, value] of weights) {
    if (typeof name !== 'string' || !isTensor(value)) continue; // a trainer's numbers among the weights
    const { shape, storage } = value;
    const count = product(shape);
    left -= 4 * count;
    if (!(left >= 0)) throw refused(`its tensors take more than ${maxBytes} bytes`);
    tensors[name] = materialise(name, value, count, files.get(`${folder}data/${storage.key}`));
  }
  return { ...tensors };
}

/** The dictionary that holds tensors. */
function unwrap(value: Value): Map<Value, Value> {
  if (value instanceof Map) {
    if ([...value.values()].some(isTensor)) return value;
    for (const name of WRAPPERS) {
      const inner = value.get(name);
      if (inner instanceof Map && [...inner.values()].some(isTensor)) return inner;
    }
  }
  throw new RingformerError(
    'bad-checkpoint',
    `[ringformer/checkpoints] The file holds no weights: expected a dictionary of tensors, or one under ${WRAPPERS.join(', ')}. Save model.state_dict().`,
  );
}

function materialise(
  name: string,
  { storage, offset, shape, strides }: TensorView,
  count: number,
  bytes: Uint8Array | undefined,
): Raw {
  const { numbers: kind } = storage;
  const wrong = (why: string) => refused(`${name.slice(0, 200)} ${why}`);
  if (!bytes) throw wrong(`needs the storage ${storage.key.slice(0, 80)}, which is missing`);
  const stored = Math.floor(bytes.length / kind.size);
  if (storage.count > stored) throw wrong(`needs ${storage.count} numbers of a storage that has ${stored}`);
  if (count > storage.count) throw wrong('is an expanded view of fewer numbers. Save it after .clone()');
  const last = offset + shape.reduce((sum, size, i) => sum + (size - 1) * strides[i]!, 0);
  if (count > 0 && !(last < storage.count)) throw wrong('reads beyond its storage');
  const data = kind.dtype.startsWith('I') ? new Int32Array(count) : new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const index = shape.map(() => 0);
  let from = offset;
  for (let i = 0; i < count; i++) {
    const number = kind.read(view, from * kind.size);
    data[i] = number;
    if (kind.dtype === 'I64' && data[i] !== number) throw wrong(`holds ${number}, beyond 32 bits`);
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d]!;
      index[d] = index[d]! + 1;
      if (index[d]! < shape[d]!) break;
      from -= shape[d]! * strides[d]!;
      index[d] = 0;
    }
  }
  return { dtype: kind.dtype, shape: [...shape], data };
}

/** A sentence for bytes that are not an archive. */
function whatElse(bytes: Uint8Array): string {
  const expected = 'expected a file written by torch.save, which is a zip archive';
  if (bytes[0] === 0x80 && bytes[1] === 2) {
    return `This is a file from before PyTorch 1.6; ${expected}. Load it and save it again: torch.save(torch.load(FILE), OTHER).`;
  }
  return `This is not an archive: ${expected}. Perhaps its beginning is missing.`;
}
