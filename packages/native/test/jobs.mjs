// Random jobs of the inference engine: valid, or with a few words changed, as a host with a mistake would write them.
import { readFileSync } from 'node:fs';

const header = readFileSync(new URL('../c/engine-structs.h', import.meta.url), 'utf8');
/** The words of each struct in their order: [name, is a float]. */
const STRUCTS = Object.fromEntries(
  [...header.matchAll(/^typedef struct {\n(.*?)^} (\w+);/gms)].map(([, body, name]) => [
    name,
    [...body.matchAll(/^ {2}(\w+) (\w+);/gm)].map(([, type, word]) => [word, type === 'float']),
  ]),
);
const [F32, BF16, INT8] = [0, 1, 2];
const [ENCODE, DECODE, SEE] = [0, 1, 2];

const MIB = 2 ** 20;
/** How many bytes a job needs. Numbers stand at the beginning, descriptions and indices far after them. */
export const BYTES = 2 * MIB;
const DESCRIPTIONS = 1.75 * MIB;
const ODD = [0, 1, 2, 3, -1, -4, 15, 16, 17, 48, 2 ** 24, 2 ** 24 + 16, 2 ** 30, 2 ** 31 - 1, -(2 ** 31)];

/**
 * Writes a job for 1 to 3 threads.
 * @param memory `BYTES` bytes
 * @param below a random whole number below its argument
 * @returns the address of the operation's words, and where all words stand that `spoil` may change
 */
export function writeJob(memory, below) {
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
  const floats = new Float32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
  const pick = (from) => from[below(from.length)];
  const told = [];
  const from = (begin, limit) => {
    let end = begin;
    return (bytes) => {
      const at = end;
      end += Math.ceil(bytes / 16) * 16;
      if (end > limit) throw new Error(`A job needs ${end - begin} bytes, more than ${limit - begin}.`);
      return at;
    };
  };
  const room = from(64, MIB); // address 0 means "none"
  const roomForWords = from(DESCRIPTIONS, BYTES);
  const reals = (count) => {
    const at = room(4 * count);
    for (let i = 0; i < count; i++) floats[at / 4 + i] = (below(2001) - 1000) / 1000;
    return at;
  };
  const list = (values) => {
    const at = roomForWords(4 * values.length);
    values.forEach((value, i) => {
      words[at / 4 + i] = value;
      told.push(at / 4 + i);
    });
    return at;
  };
  const put = (name, given) => {
    const at = roomForWords(4 * STRUCTS[name].length);
    STRUCTS[name].forEach(([word, real], i) => {
      (real ? floats : words)[at / 4 + i] = given[word] ?? 0;
      told.push(at / 4 + i);
    });
    return at;
  };
  const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));
  const kinds = pick([[F32], [BF16], [INT8], [F32, BF16, INT8]]);
  const shared = pick(kinds); // of weights that read the same inputs
  const linear = (n, k, kind = pick(kinds)) => {
    const bytes = n * k * (kind === F32 ? 4 : kind === BF16 ? 2 : 1);
    const weights = kind === F32 ? reals(n * k) : room(bytes);
    if (kind !== F32) for (let i = 0; i < bytes; i++) memory[weights + i] = kind === BF16 && i % 2 ? 60 : below(256);
    const scales = kind === INT8 ? { scale: reals(n), sums: list(times(n, () => below(1000) - 500)) } : {};
    return put('Linear', { kind, weights, ...scales, bias: below(2) && reals(n), n, k });
  };

  const job = pick([ENCODE, DECODE, SEE]);
  const [D, F, hp, heads] = [pick([16, 32, 48]), pick([16, 32, 64]), pick([16, 32]), 1 + below(2)];
  const [R, rankFfn] = [pick([0, 16]), pick([0, 16])];
  const E = heads * hp;
  const rows = pick([1, 2, 3, 4, 5, 8, 9, 17, 33]);
  const levels = 1 + below(2);
  const decodes = job === DECODE;
  const level = () =>
    put('Level', {
      selfNorm: reals(2 * D),
      ffnNorm: reals(2 * D),
      crossNorm: decodes && reals(2 * D),
      ...(R && { down: linear(3 * R, D, shared), queryUp: linear(E, R), keyUp: linear(E, R), valueUp: linear(E, R) }),
      ...(rankFfn && { ffnDown: linear(rankFfn, D), ffnUp: linear(D, rankFfn) }),
    });
  const stack = put('Stack', {
    levels: list(times(levels, level)),
    qkv: linear(3 * E, D, shared),
    out: linear(D, E),
    ...(decodes && { crossQuery: linear(E, D), crossOut: linear(D, E) }),
    fc1: linear(F, D),
    fc2: linear(D, F),
    ...{ d: D - below(16), D, heads, hp, E, F, R, rankFfn },
    ...{ scale: hp ** -0.5, epsilon: 1e-5, preNorm: below(2) },
  });
  const THREADS = 3;
  const next = 4 * rows * Math.max(D, 3 * R, rankFfn);
  const workspace = put('Workspace', {
    qkv: reals(rows * 3 * E),
    qkv2: reals(rows * 3 * E),
    attended: reals(rows * E),
    added: reals(rows * D),
    hidden: reals(rows * F),
    x: room(THREADS * next),
    z: room(THREADS * next),
    u: room(THREADS * next),
    next,
  });

  const vocabulary = 48;
  const inputs = 32;
  const table = job === SEE ? linear(D, inputs) : linear(vocabulary, D);
  const common = { kind: job, stack, workspace, rows, levels, byRows: below(2), table, tableScale: 1 + below(8) };
  const ids = () => list(times(rows, () => below(vocabulary)));
  const address = put('Job', { ...common, ...rest() });
  return { address: list([address, 1 + below(THREADS)]), told };

  function rest() {
    if (decodes) return decoding();
    const spans = [];
    while (spans.length < 2 * rows) {
      const [begin, left] = [spans.length / 2, rows - spans.length / 2];
      const n = 1 + below(left);
      for (let i = 0; i < n; i++) spans.push(begin, n);
    }
    const position = times(rows, (r) => r - spans[2 * r]);
    const text = { positions: reals(rows * D), position: list(position), spans: list(spans) };
    if (job === ENCODE) {
      const n = 2 * E * levels;
      return { ...text, ids: ids(), crossKeyValue: linear(n, D), memory: reals(rows * n) };
    }
    const images = times(rows, () => below(rows));
    const [head, input, lastNorm] = [linear(16, D), reals(rows * inputs), reals(2 * D)];
    return { ...text, ids: list(images), head, logits: reals(rows * 16), input, lastNorm, lastEpsilon: 1e-6 };
  }

  function decoding() {
    const position = below(6);
    const capacity = position + 1 + below(4);
    const levelStep = 4 * 2 * E;
    const keys = 1 + below(9);
    const screened = below(3) === 0;
    const count = screened ? 1 : 1 + below(5);
    const head = linear(vocabulary, D);
    const banned = room(vocabulary);
    memory.fill(0, banned, banned + vocabulary);
    memory[banned + below(vocabulary)] = 1;
    return {
      positions: reals((position + 1) * D),
      position,
      ids: ids(),
      past: list(times(rows * capacity, () => reals((levelStep / 4) * levels))),
      masks: below(2) && reals(rows * capacity),
      capacity,
      levelStep,
      memories: list(times(rows, () => [reals(2 * E * keys * levels), keys]).flat()),
      head,
      logits: reals(rows * vocabulary),
      banned,
      count,
      partValues: reals(rows * THREADS * count),
      partIds: reals(rows * THREADS * count),
      values: reals(rows * count),
      bestIds: reals(rows * count),
      blocks: reals(rows * 2 * Math.ceil(vocabulary / 256)),
      ...(screened && { screen: linear(vocabulary, D, INT8), radii: reals(vocabulary), slack: 0.01 }),
      bounds: reals(rows * THREADS),
    };
  }
}

/** Changes one to three words of a job, but never so that it would write where its own words stand: no check sees that. */
export function spoil(memory, told, below) {
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
  for (let left = 1 + below(3); left > 0; left--) {
    const at = told[below(told.length)];
    const kind = below(5);
    const other = words[told[below(told.length)]];
    if (kind === 0) words[at] = ODD[below(ODD.length)];
    else if (kind === 1) words[at] = 4 * below(MIB / 4);
    else if (kind === 2) words[at] = BYTES - 4 * below(16);
    else if (kind === 3 && other < DESCRIPTIONS) words[at] = other;
    else words[at] += (below(2) ? 1 : -1) * [1, 4, 16, 64, 4096][below(5)];
  }
}
