import { setFlagsFromString } from 'node:v8';
import { decodeBase64 } from '@ringformer/core/base';
import { PROGRAM } from './generated/probe.ts';

/** Whether V8 makes 256-bit vectors of pairs of 128-bit ones. */
export type WideVectors = {
  readonly on: boolean;
  /** What was found, or why they are off. */
  readonly why: string;
};

/** V8's major versions whose vectors our tests have run with: Node 24 to 26. Node 22's has the flag, but gains nothing. */
const TRIED = { from: 13, to: 14 };
/** Less than this gain over 128 bits in the probe's product is none. */
const LEAST_GAIN = 1.1;

let found: WideVectors | undefined;

/**
 * Has V8 compile pairs of WebAssembly's 128-bit vectors into 256-bit ones, with the same results bit for bit, if this
 * processor has AVX2 and a probe of some milliseconds finds the same numbers in less time. The environment variable
 * `RINGFORMER_WIDE=0` forbids it. It is a flag of the whole process, worker threads included, and still experimental in V8,
 * so a library must not do this unasked: a program may, before its first `startWasm` or `startEngine`.
 */
export function enableWideVectors(): WideVectors {
  found ??= tried();
  return found;
}

function tried(): WideVectors {
  const no = (why: string) => ({ on: false, why });
  if (process.env.RINGFORMER_WIDE === '0') return no('RINGFORMER_WIDE=0 forbids them');
  if (process.arch !== 'x64') return no(`only x64 processors have them, and this is ${process.arch}`);
  const v8 = Number.parseInt(process.versions.v8, 10);
  if (v8 < TRIED.from) return no(`Node ${process.versions.node} gains nothing from them; Node 24 and later do`);
  if (v8 > TRIED.to) return no(`they have not been tested with Node ${process.versions.node}`);
  const program = decodeBase64(PROGRAM);
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(program)) return no('relaxed SIMD is missing');
  const { same, gain } = probe(program);
  if (same && gain >= LEAST_GAIN) return { on: true, why: `products are ${gain.toFixed(1)} times as fast` };
  setFlagsFromString('--no-experimental-wasm-revectorize');
  return no(same ? 'this processor gains nothing from them' : 'this processor computes other numbers with them');
}

/** The exports of src/assembly/probe.ts. */
type Probe = {
  useConstants(at: number): void;
  productOfPairs: Product;
  productOfSingles: Product;
  geluOfPairs: Gelu;
  geluOfSingles: Gelu;
};
type Product = (a: number, b: number, c: number, k: number) => void;
type Gelu = (x: number, y: number, bytes: number) => void;

// A small product and some GELUs: where their operands and results are, in bytes.
const [CONSTANTS, A, B, PAIRS, SINGLES] = [1024, 4096, 16384, 32768, 49152];
const DEPTH = 400;
const VECTORS = 12;
const GELU_BYTES = 4096;
const ROUNDS = 150;

/**
 * Computes the same in pairs and singly, and leaves the flag set. Functions are compiled at their first call, here at once by
 * the optimising compiler: those with single vectors before the flag is set, those with pairs after it.
 */
function probe(program: Uint8Array<ArrayBuffer>): { same: boolean; gain: number } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const floats = (from: number, count: number) => new Float32Array(memory.buffer, from, count);
  floats(A, (SINGLES - A) / 4).forEach((_, i, all) => {
    all[i] = 4 * Math.sin(i * i);
  });
  const results = (from: number, step: number) =>
    Array.from({ length: VECTORS }, (_, i) => [...floats(from + 16 * step * i, 4)]).flat();
  setFlagsFromString('--no-liftoff');
  try {
    const module = new WebAssembly.Module(program);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const { useConstants, productOfPairs, productOfSingles, geluOfPairs, geluOfSingles } = exports as unknown as Probe;
    useConstants(CONSTANTS);
    const multiply = (product: Product, c: number, step: number) => {
      for (let i = 0; i < VECTORS; i++) floats(c + 16 * step * i, 4).fill(i / 7);
      product(A, B, c, DEPTH);
      return results(c, step);
    };
    const gelus = (gelu: Gelu, to: number) => {
      gelu(A, to, GELU_BYTES);
      return [...floats(to, GELU_BYTES / 4)];
    };
    const expected = [...multiply(productOfSingles, SINGLES, 2), ...gelus(geluOfSingles, SINGLES)];
    setFlagsFromString('--experimental-wasm-revectorize');
    const wide = [...multiply(productOfPairs, PAIRS, 1), ...gelus(geluOfPairs, PAIRS)];
    const time = (product: Product, c: number) => {
      const start = performance.now();
      product(A, B, c, DEPTH);
      return performance.now() - start;
    };
    let [pairs, singles] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let i = 0; i < ROUNDS; i++) {
      pairs = Math.min(pairs, time(productOfPairs, PAIRS));
      singles = Math.min(singles, time(productOfSingles, SINGLES));
    }
    return { same: expected.every((x, i) => Object.is(x, wide[i])), gain: singles / pairs };
  } finally {
    setFlagsFromString('--liftoff');
  }
}
