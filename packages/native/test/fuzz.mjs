// Calls every function of the compiled kernels with random arguments, valid and not, in memories of every kind: each call
// must compute or throw a RangeError. Meant for a build with sanitizers, which see what a wrong address does.
//
//   node --expose-gc fuzz.mjs PATH [CALLS] [SEED]
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { BYTES, spoil, writeJob } from './jobs.mjs';

const [path, count, seed] = isMainThread ? process.argv.slice(2) : workerData;
const calls = Number(count ?? 10_000);
const addon = createRequire(import.meta.url)(resolve(path));

let state = Number(seed ?? 1) | 1;
/** A whole number below `limit`: xorshift32. */
function below(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}
const pick = (from) => from[below(from.length)];

const PAGE = 65536;
/** Memories of one or two pages: what is passed to `open`, and what makes the buffer another. */
const MEMORIES = [
  () => {
    const buffer = new ArrayBuffer(PAGE);
    return { pass: () => buffer, change: () => structuredClone(buffer, { transfer: [buffer] }) };
  },
  () => {
    const buffer = new ArrayBuffer(PAGE - 4); // not a whole number of any vector
    return { pass: () => new Uint8Array(buffer) };
  },
  () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
    return { pass: () => memory.buffer, change: () => memory.buffer.byteLength < 2 * PAGE && memory.grow(1) };
  },
  () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    return {
      pass: () => new Uint8Array(memory.buffer),
      change: () => memory.buffer.byteLength < 2 * PAGE && memory.grow(1),
    };
  },
  () => {
    const buffer = new ArrayBuffer(PAGE, { maxByteLength: 2 * PAGE });
    return { pass: () => buffer, change: () => buffer.resize?.(pick([0, 4096, 2 * PAGE])) };
  },
];

const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 128];
const WRONG = [
  -1,
  -4,
  0.5,
  2 ** 31,
  2 ** 31 - 1,
  2 ** 32,
  2 ** 53,
  1e300,
  -1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const STRANGE = [undefined, null, 'x', {}, [], 1n, Symbol('x'), () => 1];

const address = (length) => 4 * below(Math.max(1, length / 4));
/** Some argument. Those that repeat what is wrong with a call come from `better`. */
function anything(length) {
  const kind = below(20);
  if (kind < 8) return pick(SIZES);
  if (kind < 14) return address(length);
  if (kind < 15) return length - 4 * below(64);
  if (kind < 16) return below(2) === 0;
  if (kind < 18) return (below(2001) - 1000) / 500;
  return pick(WRONG);
}

/** What argument `index` could be instead, after a message that blames it. */
function better(message, length) {
  if (/size|dimension|count/.test(message)) return pick(SIZES);
  const bytes = Number(/with (\d+) bytes/.exec(message)?.[1] ?? 4096);
  return bytes < length ? 4 + 4 * below(Math.max(1, (length - bytes) / 4 - 1)) : pick(SIZES);
}

/** Fills some of a memory: numbers, small whole numbers and arbitrary bits. */
function fill(memory) {
  const bytes = memory instanceof Uint8Array ? memory : new Uint8Array(memory);
  const words = new Int32Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 4));
  const floats = new Float32Array(bytes.buffer, 0, words.length);
  const from = below(Math.max(1, words.length));
  const to = Math.min(words.length, from + below(4096));
  const kind = below(4);
  for (let i = from; i < to; i++) {
    if (kind < 2) floats[i] = (below(2001) - 1000) / 250;
    else if (kind === 2) words[i] = below(4) === 0 ? address(bytes.byteLength) : pick(SIZES);
    else words[i] = below(2 ** 32);
  }
}

const totals = { computed: 0, refused: 0 };
const computed = new Set();

/** One call. → the message if it was refused */
function attempt(name, run, args) {
  totals.computed += 1;
  const began = performance.now();
  try {
    const result = run(...args);
    if (result !== undefined && typeof result !== 'number') throw new Error(`${name} returned ${typeof result}`);
    computed.add(name);
    return undefined;
  } catch (error) {
    if (error.code !== 'ERR_RINGFORMER_NATIVE' || !(error instanceof RangeError)) {
      throw new Error(`${name}(${args.map(String).join(', ')}): ${error.stack}`);
    }
    totals.computed -= 1;
    totals.refused += 1;
    return error.message;
  } finally {
    const seconds = (performance.now() - began) / 1000;
    if (seconds > 20) console.error(`${name}(${args.map(String).join(', ')}) took ${seconds.toFixed(1)} s`);
  }
}

/** How many numbers a function takes: it says so. */
const arity = (name, run) => Number(/expected (\d+) numbers/.exec(attempt(name, run, []) ?? '')?.[1] ?? 2);

/** Functions that compute nothing. */
const OWN = new Set(['engine', 'rebind', 'close']);
/** A call of each operation that last succeeded, to vary. */
const known = new Map();

function session(variant, threads) {
  const memory = pick(MEMORIES)();
  const kernels = addon.open(memory.pass(), threads, variant);
  const names = Object.keys(kernels).filter((name) => !OWN.has(name));
  for (let left = 40; left > 0; left--) {
    const { byteLength: length } = memory.pass();
    if (length > 0) fill(memory.pass());
    if (below(8) === 0) {
      // Operations of the engine take words in the memory; there may be fewer of them.
      attempt('engine', kernels.engine, [below(16), below(8) ? address(length) : anything(length)]);
      continue;
    }
    const name = pick(names);
    const size = arity(name, kernels[name]);
    const before = known.get(name);
    const args = Array.from({ length: size }, (_, i) =>
      before && below(size) > 1 ? before[i] : below(200) ? anything(length) : pick(STRANGE),
    );
    // A wrong call is mended by what its message says, so that deeper checks and the kernels themselves are reached.
    for (let tries = below(3) ? 30 : 0; ; tries--) {
      const message = attempt(name, kernels[name], args);
      if (message === undefined) known.set(name, [...args]);
      const index = /argument (\d+)/.exec(message ?? '')?.[1];
      if (index === undefined || tries <= 0) break;
      args[Number(index)] = better(message, length);
    }
    if (below(60) === 0) memory.change?.();
    if (below(60) === 0) attempt('rebind', kernels.rebind, [pick([memory.pass(), new ArrayBuffer(0), 1, undefined])]);
  }
  if (below(4) === 0) {
    kernels.close();
    const message = attempt('close', kernels[pick(names)], new Array(24).fill(0));
    if (!message?.includes('closed')) throw new Error(`A closed session ran: ${message}`);
    kernels.close();
  }
  return kernels;
}

const jobs = { computed: 0, refused: 0 };

/** Jobs of the inference engine: as they should be, which must compute, and spoilt. */
function engineSession(variant, count) {
  const buffer = below(2) ? new ArrayBuffer(BYTES) : new WebAssembly.Memory({ initial: BYTES / PAGE }).buffer;
  const memory = new Uint8Array(buffer);
  const kernels = addon.open(buffer, 3, variant);
  for (let left = count; left > 0; left--) {
    const { address, told } = writeJob(memory, below);
    const message = attempt('engine', kernels.engine, [0, address]);
    if (message !== undefined) throw new Error(`A valid job was refused: ${message}`);
    for (let times = 8; times > 0; times--) {
      spoil(memory, told, below);
      jobs[attempt('engine', kernels.engine, [0, address]) === undefined ? 'computed' : 'refused'] += 1;
    }
  }
  kernels.close();
}

/** Functions that outlive their session's object. */
const survivors = [];

function main() {
  const names = new Set();
  for (let i = 0; totals.computed + totals.refused < calls; i++) {
    const { name } = addon.variants[i % addon.variants.length];
    const kernels = session(name, 1 + below(3));
    for (const key of Object.keys(kernels)) names.add(key);
    engineSession(name, 2);
    if (i % 3 === 0) survivors.push(kernels[pick(Object.keys(kernels).filter((key) => !OWN.has(key)))]);
    if (survivors.length > 8) survivors.shift();
    for (const survivor of survivors) attempt('survivor', survivor, new Array(24).fill(pick([0, 4, 64])));
    if (i % 10 === 0) globalThis.gc?.();
  }
  for (const args of [[], [1, 1, 'x'], [new ArrayBuffer(8), 0, 'x'], [new ArrayBuffer(8), 1, 'x'.repeat(100)]])
    if (attempt('open', addon.open, args) === undefined) throw new Error('open took nonsense');
  const missed = [...names].filter((name) => !OWN.has(name) && !computed.has(name));
  return { ...totals, jobs, missed };
}

const result = main();
if (isMainThread) {
  // The same in three threads at once: two end by themselves, one is stopped in the middle, with its pool alive.
  const others = [1, 2, 3].map(
    (i) => new Worker(new URL(import.meta.url), { workerData: [path, calls / 8, state + i] }),
  );
  const ended = others.map((worker) => new Promise((resolve) => worker.once('exit', resolve).once('error', resolve)));
  setTimeout(() => others[2].terminate(), 100);
  const [first, second] = await Promise.all(ended);
  console.log(JSON.stringify({ ...result, workers: [first, second].map(String) }));
  globalThis.last = addon.open(new ArrayBuffer(PAGE), 3, addon.variants[0].name);
  process.exit(result.missed.length > 0 || first !== 0 || second !== 0 ? 1 : 0); // with pools alive
}
