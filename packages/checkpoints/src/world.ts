// What PyTorch's pickles may name: tensors, storages and containers. Everything else stays a name.
import { isRead, KINDS, type Kind, type StoredType } from './dtypes.ts';
import { refused } from './errors.ts';
import { isGlobal, isTuple, type Made, type Tuple, type Value, type World } from './pickle.ts';

export type Storage = Made & {
  readonly what: 'storage';
  readonly key: string;
  /** As the file calls it, for messages. */
  readonly type: string;
  /** undefined if nothing here reads such numbers. */
  readonly stored: StoredType | undefined;
  /** Numbers; bytes if untyped. */
  readonly count: number;
  /** The first of them, if it is a part of what is stored under its key: only in files from before PyTorch 1.6. */
  readonly from: number;
};
export type TensorView = Made & {
  readonly what: 'tensor';
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
};
/** A value that is not built, and the name of what would build it. */
export type Opaque = Made & { readonly what: 'opaque'; readonly name: string };

const STORAGES: Readonly<Record<string, StoredType>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  LongStorage: 'I64',
};

/** PyTorch's newer types, whose storages are untyped. */
const TYPES: Readonly<Record<string, StoredType>> = {
  'torch.float8_e4m3fn': 'F8_E4M3',
  'torch.float8_e5m2': 'F8_E5M2',
  'torch.float8_e4m3fnuz': 'F8_E4M3FNUZ',
  'torch.float8_e5m2fnuz': 'F8_E5M2FNUZ',
  'torch.float8_e8m0fnu': 'F8_E8M0',
  'torch.uint16': 'U16',
  'torch.uint32': 'U32',
  'torch.uint64': 'U64',
};

/** Bytes become int32 in memory here, whatever safetensors make of them. */
export const kindOf = (stored: StoredType): Kind => (stored === 'I8' ? { ...KINDS.I8, dtype: 'I32' } : KINDS[stored]);

/** Names that no checkpoint needs and only harm uses. They would do nothing here, but such a file is not to be trusted. */
const HARMFUL =
  /^(?:os|posix|nt|sys|subprocess|pty|shutil|socket|ctypes|importlib|runpy|pickle|_pickle|code|webbrowser|__builtin__|builtins)\./;
const HARMLESS =
  /^(?:__builtin__|builtins)\.(?:set|frozenset|dict|list|tuple|int|float|complex|bool|str|bytes|bytearray|slice|range|object)$/;

/** PyTorch's world, as far as state dictionaries need it. */
export const world: World = {
  reduce(name, args) {
    const [first] = args;
    if (name === 'collections.OrderedDict' || name === 'collections.defaultdict') return ordered(args);
    if (name === 'torch.Size') return first !== undefined && isTuple(first) ? first : { kind: 'tuple', items: args };
    if (/^torch\._utils\._rebuild_tensor(?:_v[23])?$/.test(name)) return rebuild(args);
    if (name === 'torch._tensor._rebuild_from_type_v2') return fromType(args);
    if (name === 'torch._utils._rebuild_parameter' || name === 'torch._utils._rebuild_parameter_with_state') {
      if (first === undefined || !(isTensor(first) || isMade(first, 'opaque')))
        throw refused('a parameter without a tensor');
      return first;
    }
    if (/^(?:__builtin__|builtins)\.(?:frozen)?set$/.test(name)) return new Set(Array.isArray(first) ? first : []);
    if (HARMFUL.test(name) && !HARMLESS.test(name)) {
      throw refused(`it asks to call ${name.slice(0, 80)}; only tensors and containers are built`);
    }
    return { kind: 'made', what: 'opaque', name: name.slice(0, 80) } as Opaque;
  },
  persistent(id) {
    const [tag, type, key, , whole, part] = isTuple(id) ? id.items : [];
    const [, from, count] = part !== undefined && isTuple(part) ? part.items : [key, 0, whole];
    const name = type !== undefined && isGlobal(type) ? type.name : undefined;
    const short = name?.replace(/^torch(?:\.cuda|\.storage)?\./, '');
    if (tag === 'storage' && short?.endsWith('Storage') && typeof key === 'string' && isCount(count) && isCount(from)) {
      return {
        kind: 'made',
        what: 'storage',
        key,
        type: short.slice(0, 80),
        stored: STORAGES[short],
        count,
        from,
      } as Storage;
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

function rebuild([storage, offset, shape, strides, , , type]: readonly Value[]): TensorView {
  if (!isMade(storage, 'storage') || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    throw refused('a tensor is not described the way PyTorch does it');
  }
  if (shape.items.length !== strides.items.length)
    throw refused('a tensor has a different number of strides and dimensions');
  return {
    kind: 'made',
    what: 'tensor',
    storage: typed(storage as Storage, type),
    offset,
    shape: shape.items as number[],
    strides: strides.items as number[],
  } as TensorView;
}

/** Storages of numbers that nothing here reads, and the bytes of each. */
const UNREAD: Readonly<Record<string, number>> = {
  ComplexFloatStorage: 8,
  ComplexDoubleStorage: 16,
  QInt8Storage: 1,
  QUInt8Storage: 1,
  QUInt4x2Storage: 1,
  QUInt2x4Storage: 1,
  QInt32Storage: 4,
  UntypedStorage: 1,
};

/** The bytes of one number in a storage. @throws RingformerError if that is not known */
export function bytesOfEach({ stored, type }: Storage): number {
  const size = stored === undefined ? UNREAD[type] : KINDS[stored].size;
  if (size === undefined) throw refused(`it has a ${type}, whose numbers have an unknown size`);
  return size;
}

/** An untyped storage with the type that its tensor names. */
function typed(storage: Storage, type: Value | undefined): Storage {
  if (storage.type !== 'UntypedStorage' || type === undefined || !isGlobal(type)) return storage;
  const stored = TYPES[type.name];
  if (stored === undefined || !isRead(stored)) return { ...storage, type: type.name };
  return { ...storage, type: type.name, stored, count: Math.floor(storage.count / KINDS[stored].size) };
}

/** A tensor of a class of its own, such as a Buffer: (how to rebuild it, class, its arguments, attributes). */
function fromType([how, , args]: readonly Value[]): Value {
  if (how === undefined || !isGlobal(how) || args === undefined || !isTuple(args))
    throw refused('a tensor is not described the way PyTorch does it');
  return world.reduce(how.name, args.items);
}

const isMade = (value: Value | undefined, what: string): value is Made =>
  typeof value === 'object' && value !== null && 'what' in value && value.what === what;
export const isTensor = (value: Value): value is TensorView => isMade(value, 'tensor');
export const isOpaqueValue = (value: Value): value is Opaque => isMade(value, 'opaque');
const isCount = (value: Value | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: Value | undefined): value is Tuple =>
  value !== undefined && isTuple(value) && value.items.length <= 16 && value.items.every(isCount);
