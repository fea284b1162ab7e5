import { refused } from './errors.ts';

/** What a pickle may hold. Dictionaries are Maps; `Global` is a name, never what it names. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Global
  | Tuple
  | Value[]
  | Map<Value, Value>
  | Set<Value>
  | Made;

/** A class or function by its name. */
export type Global = { readonly kind: 'global'; readonly name: string };
export type Tuple = { readonly kind: 'tuple'; readonly items: readonly Value[] };
/** What a caller's `reduce` or `persistent` made. Of what is 'opaque', attributes and items are dropped. */
export type Made = { readonly kind: 'made'; readonly what: string };

/** What a pickle may ask of the world outside. These must refuse everything they do not know. */
export type World = {
  /** Calls `name` with arguments: builds a container or a description, runs nothing. */
  reduce(name: string, args: readonly Value[]): Value;
  /** A persistent id → what it stands for. */
  persistent(id: Value): Value;
  /** Attributes that something made is given; ignored if absent. */
  build?(made: Made, attributes: Value): void;
  /** Whether strings of Python 2 are bytes, for pickles that keep other things than text in them. */
  readonly stringsAreBytes?: boolean;
};

/** Longest integers, in bytes. */
const MOST_LONG = 128;
/** The most items on the stack, including lists within lists. */
const MOST_STACK = 1_000_000;

export const tuple = (items: readonly Value[]): Tuple => ({ kind: 'tuple', items });
export const isTuple = (value: Value): value is Tuple => isKind(value, 'tuple');
export const isOpaque = (value: Value): value is Made => isKind(value, 'made') && (value as Made).what === 'opaque';
export const isGlobal = (value: Value): value is Global => isKind(value, 'global');

function isKind(value: Value, kind: string): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/**
 * Reads a pickle of protocols 1 to 5 (Python's pickletools) with a machine that knows only containers, numbers and text. No
 * code can run: globals are names, and only `world` answers calls.
 * @throws RingformerError 'bad-checkpoint' if it is damaged or asks for anything else.
 */
export const readPickle = (bytes: Uint8Array, world: World): Value => readPickleAt(bytes, 0, world).value;

/** The same for a pickle that begins at byte `start`; `end` is the byte after it. */
export function readPickleAt(bytes: Uint8Array, start: number, world: World): { value: Value; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const memo = new Map<number, Value>();
  const marks: number[] = [];
  const stack: Value[] = [];
  let at = start;

  const take = (count: number): number => {
    if (!(count >= 0 && at + count <= bytes.length)) throw refused(`it ends at byte ${bytes.length}, within a value`);
    at += count;
    return at - count;
  };
  const pop = (): Value => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw refused(`nothing is left on its stack at byte ${at}`);
    return stack.pop() as Value;
  };
  const top = (): Value => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw refused(`nothing is left on its stack at byte ${at}`);
    return stack.at(-1) as Value;
  };
  const popMark = (): Value[] => {
    const mark = marks.pop();
    if (mark === undefined) throw refused(`a mark is missing at byte ${at}`);
    return stack.splice(mark);
  };
  const push = (value: Value) => {
    if (stack.length >= MOST_STACK) throw refused('its stack grows too high');
    stack.push(value);
  };
  const text = (length: number) => {
    const start = take(length);
    return new TextDecoder().decode(bytes.subarray(start, at));
  };
  const line = () => {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw refused('a name has no end');
    const start = at;
    at = end + 1;
    return new TextDecoder().decode(bytes.subarray(start, end));
  };
  const data = (length: number) => bytes.slice(take(length), at);
  const u8 = () => view.getUint8(take(1));
  const u16 = () => view.getUint16(take(2), true);
  const u32 = () => view.getUint32(take(4), true);
  const i32 = () => view.getInt32(take(4), true);
  const u64 = () => Number(view.getBigUint64(take(8), true));
  const remembered = (index: number): Value => {
    if (!memo.has(index)) throw refused(`it recalls ${index}, which it never kept`);
    return memo.get(index) as Value;
  };
  const list = (value: Value): Value[] => {
    if (Array.isArray(value)) return value;
    if (isOpaque(value)) return [];
    throw refused(`it appends to something that is not a list at byte ${at}`);
  };
  const map = (value: Value): Map<Value, Value> => {
    if (value instanceof Map) return value;
    if (isOpaque(value)) return new Map();
    throw refused(`it sets an item of something that is not a dictionary at byte ${at}`);
  };
  const pairs = (into: Map<Value, Value>, items: readonly Value[]) => {
    if (items.length % 2 !== 0) throw refused(`a key without a value at byte ${at}`);
    for (let i = 0; i < items.length; i += 2) into.set(items[i] as Value, items[i + 1] as Value);
  };
  const call = () => {
    const args = pop();
    const callee = pop();
    if (isOpaque(callee)) return push(callee);
    if (!isGlobal(callee) || !isTuple(args)) throw refused(`it calls something that has no name at byte ${at}`);
    push(world.reduce(callee.name, args.items));
  };

  const old = (length: number) => (world.stringsAreBytes ? data(length) : text(length));

  const operations: Record<number, () => void> = {
    128: () => {
      const protocol = u8();
      if (protocol < 1 || protocol > 5) throw refused(`it has protocol ${protocol}; expected 1 to 5`);
    },
    149: () => void take(8), // FRAME: how long the next frame is
    40: () => void marks.push(stack.length), // MARK
    48: () => void pop(), // POP
    49: () => void popMark(), // POP_MARK
    50: () => push(top()), // DUP
    78: () => push(null), // NONE
    136: () => push(true),
    137: () => push(false),
    73: () => push(written(line())), // INT
    76: () => push(written(line())), // LONG
    74: () => push(i32()), // BININT
    75: () => push(u8()),
    77: () => push(u16()),
    138: () => push(long(bytes, take, u8())), // LONG1
    139: () => push(long(bytes, take, i32())), // LONG4
    71: () => push(view.getFloat64(take(8))), // BINFLOAT
    88: () => push(text(u32())), // BINUNICODE
    140: () => push(text(u8())),
    141: () => push(text(u64())),
    85: () => push(old(u8())), // SHORT_BINSTRING
    84: () => push(old(i32())), // BINSTRING
    67: () => push(data(u8())), // SHORT_BINBYTES
    66: () => push(data(u32())),
    142: () => push(data(u64())),
    150: () => push(data(u64())), // BYTEARRAY8
    93: () => push([]), // EMPTY_LIST
    97: () => {
      const value = pop(); // APPEND
      list(top()).push(value);
    },
    101: () => {
      const values = popMark(); // APPENDS
      const into = list(top());
      for (const value of values) into.push(value);
    },
    108: () => push(popMark()), // LIST
    41: () => push(tuple([])), // EMPTY_TUPLE
    116: () => push(tuple(popMark())), // TUPLE
    133: () => push(tuple([pop()])),
    134: () => {
      const b = pop();
      push(tuple([pop(), b]));
    },
    135: () => {
      const c = pop();
      const b = pop();
      push(tuple([pop(), b, c]));
    },
    125: () => push(new Map()), // EMPTY_DICT
    100: () => {
      const items = popMark(); // DICT
      const made = new Map<Value, Value>();
      pairs(made, items);
      push(made);
    },
    115: () => {
      const value = pop(); // SETITEM
      const key = pop();
      map(top()).set(key, value);
    },
    117: () => {
      const items = popMark(); // SETITEMS
      pairs(map(top()), items);
    },
    143: () => push(new Set()), // EMPTY_SET
    144: () => {
      const items = popMark(); // ADDITEMS
      const into = top();
      if (isOpaque(into)) return;
      if (!(into instanceof Set)) throw refused(`it adds to something that is not a set at byte ${at}`);
      for (const item of items) into.add(item);
    },
    145: () => push(new Set(popMark())), // FROZENSET
    99: () => {
      const module = line(); // GLOBAL
      push({ kind: 'global', name: `${module}.${line()}` });
    },
    147: () => {
      const name = pop(); // STACK_GLOBAL
      const module = pop();
      if (typeof name !== 'string' || typeof module !== 'string') throw refused(`a name is not text at byte ${at}`);
      push({ kind: 'global', name: `${module}.${name}` });
    },
    82: call, // REDUCE
    129: call, // NEWOBJ
    146: () => {
      pop(); // NEWOBJ_EX: named arguments, which nothing here reads
      call();
    },
    98: () => {
      const attributes = pop(); // BUILD
      const made = top();
      if (isKind(made, 'made')) world.build?.(made as Made, attributes);
      if (!(made instanceof Map || isKind(made, 'made')))
        throw refused(`it gives attributes to a plain value at byte ${at}`);
    },
    81: () => push(world.persistent(pop())), // BINPERSID
    113: () => void memo.set(u8(), top()), // BINPUT
    114: () => void memo.set(u32(), top()),
    148: () => void memo.set(memo.size, top()), // MEMOIZE
    104: () => push(remembered(u8())), // BINGET
    106: () => push(remembered(u32())),
  };

  for (;;) {
    const code = u8();
    if (code === 46) return { value: pop(), end: at }; // STOP
    const operation = operations[code];
    if (!operation) {
      throw refused(`it has the instruction ${describe(code)} at byte ${at - 1}, which state dictionaries do not need`);
    }
    operation();
  }
}

/** An integer in digits, as protocol 1 has it: '7', '7L'; '00' and '01' are false and true. */
function written(text: string): Value {
  if (text === '00' || text === '01') return text === '01';
  const digits = text.replace(/L$/, '');
  if (digits.length > 3 * MOST_LONG || !/^-?\d+$/.test(digits)) throw refused('an integer is not written in digits');
  const value = BigInt(digits);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Two's complement, least byte first. */
function long(bytes: Uint8Array, take: (count: number) => number, length: number): Value {
  if (length < 0 || length > MOST_LONG) throw refused(`an integer of ${length} bytes`);
  const start = take(length);
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[start + i]!);
  const signed = length > 0 ? BigInt.asIntN(8 * length, value) : 0n;
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

const describe = (code: number) =>
  code > 32 && code < 127 ? `'${String.fromCharCode(code)}'` : `0x${code.toString(16)}`;
