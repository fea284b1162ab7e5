// The native kernels beside their twins in WebAssembly, on one memory and without TensorFlow.js. Where both sum in the same
// order they must agree bit for bit. (matMul has its own file.)
import { setTimeout } from 'node:timers/promises';
import { decodeBase64 } from '@ringformer/core/base';
import { expectCloseNumbers } from '@ringformer/core/testing';
import { findNative, openKernels } from '@ringformer/native';
import { describe, expect, test } from 'vitest';
import { enableRelaxedSimd } from '#platform';
import { RELAXED_SIMD } from './generated/kernels.ts';
import type { Kernels } from './heap.ts';
import { instantiate } from './instantiate.ts';
import { hasRelaxedSimd } from './start.ts';
import { numbers } from './test-tools.ts';

enableRelaxedSimd();
const variants = findNative().addon?.variants ?? [];

const memory = new WebAssembly.Memory({ initial: 512 });
const MEMORY_BYTES = 512 * 65_536;

/** Puts arrays into the memory, one after the other, so that the same calls find the same addresses. */
function arena() {
  let at = 1024;
  const outputs: { at: number; size: number }[] = [];
  const addresses = new Set<number | boolean>();
  const guards: Float32Array[] = [];
  const take = (size: number): number => {
    const here = at;
    addresses.add(here);
    const guard = 4 + (size % 3); // addresses are multiples of 4, nothing more
    guards.push(new Float32Array(memory.buffer, here + size * 4, guard).fill(7));
    at += (size + guard) * 4;
    return here;
  };
  return {
    floats(size: number, seed: number, scale = 1): number {
      const here = take(size);
      new Float32Array(memory.buffer, here, size).set(numbers(size, seed, scale));
      return here;
    },
    integers(values: readonly number[]): number {
      const here = take(values.length);
      new Int32Array(memory.buffer, here, values.length).set(values);
      return here;
    },
    /** Filled with rubbish first. */
    output(size: number): number {
      const here = take(size);
      new Float32Array(memory.buffer, here, size).fill(12345.678);
      outputs.push({ at: here, size });
      return here;
    },
    addresses,
    isGuarded: () => guards.every((guard) => guard.every((x) => x === 7)),
    results: () => outputs.map(({ at, size }) => new Float32Array(memory.buffer, at, size).slice()),
  };
}

type Arena = ReturnType<typeof arena>;
/** Makes the arguments of one call. */
type Arguments = (place: Arena) => readonly (number | boolean)[];
type Name = Exclude<keyof Kernels, 'gemmScratch' | 'matMul' | 'rankProduct'>;
type AnyKernel = (...args: readonly (number | boolean)[]) => number | undefined;

function outputs(kernels: Partial<Kernels>, name: Name, args: Arguments): Float32Array[] {
  const place = arena();
  (kernels[name] as unknown as AnyKernel)(...args(place));
  expect(place.isGuarded(), `${name} keeps to its outputs`).toBe(true);
  return place.results();
}

const native = (variant: string, threads: number) => openKernels(memory, { variant, threads }) as Partial<Kernels>;

/** Fails unless the numbers are equal bit for bit: `toEqual`, but fast. */
function expectEqualBits(actual: Float32Array, expected: Float32Array, what: string): void {
  const [got, want] = [actual, expected].map((x) => new Uint32Array(x.buffer)) as [Uint32Array, Uint32Array];
  const at = got.findIndex((word, i) => word !== want[i]);
  if (at >= 0) expect.fail(`${what}: number ${at} is ${actual[at]}, expected ${expected[at]} bit for bit`);
}

const DROPOUTS = [
  [0, 0, 0],
  [-7, Math.floor(0.3 * 2 ** 24), 1 / 0.7],
] as const;
/** Around the widths of registers and of blocks. */
const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 255, 256, 257, 40_001];

/** Each call with the largest difference allowed, relative to 1 + |expected|; 0 for equal bits. */
const calls: { name: Name; tolerance: number; what: string; args: Arguments }[] = [];
const add = (name: Name, tolerance: number, what: string, args: Arguments) =>
  calls.push({ name, tolerance, what, args });

for (const size of SIZES) {
  for (const dropout of DROPOUTS) {
    const what = `${size} numbers, dropout ${dropout[2] > 0}`;
    add('gelu', 0, what, (p) => [p.floats(size, 1, 5), p.output(size), size, ...dropout, p.floats(16, 9)]);
    add('geluGrad', 0, what, (p) => {
      const [dy, x, dx, scratch] = [p.floats(size, 1), p.floats(size, 2, 5), p.output(size), p.floats(16, 9)];
      return [dy, x, dx, size, ...dropout, scratch];
    });
  }
  add('dropout', 0, `${size} numbers`, (p) => [p.floats(size, 1), p.output(size), size, ...DROPOUTS[1]]);
  // the twin rounds twice in the last, incomplete group of four
  add('adam', size % 4 === 0 ? 0 : 1e-6, `${size} numbers`, (p) => {
    const from = [p.floats(size, 1), p.floats(size, 2), p.floats(size, 3), p.floats(size, 4)];
    new Float32Array(memory.buffer, from[3], size).forEach((x, i, all) => {
      all[i] = Math.abs(x);
    });
    const to = [p.output(size), p.output(size), p.output(size)];
    return [...from, ...to, size, 0.01, 0.9, 0.1, 0.98, 0.02, 1e-8, 1e-4, 0.1, 0.5, 0.19, 0.04];
  });
}

for (const rows of [1, 2, 17, 33, 1100]) {
  for (const d of [2, 3, 7, 9, 16, 17, 33]) {
    for (const [seed, threshold, scale] of DROPOUTS) {
      for (const added of [false, true]) {
        const what = `${rows} rows of ${d}, added ${added}, dropout ${scale > 0}`;
        const drop = [seed, threshold, scale];
        add('layerNorm', 1e-5, what, (p) => {
          const [x, residual] = [p.floats(rows * d, 1, 3), added ? p.floats(rows * d, 2) : 0];
          const [weight, bias, y, stats] = [p.floats(d, 3), p.floats(d, 4), p.output(rows * d), p.output(rows * 2)];
          return [x, residual, weight, bias, y, stats, rows, d, 1e-5, ...drop];
        });
        add('layerNormGrad', 3e-5, what, (p) => {
          const [dy, x, residual] = [p.floats(rows * d, 1), p.floats(rows * d, 2), added ? p.floats(rows * d, 3) : 0];
          const [weight, stats] = [p.floats(d, 4), p.floats(rows * 2, 5)];
          const [dx, dResidual] = [p.output(rows * d), added ? p.output(rows * d) : 0];
          return [dy, x, residual, weight, stats, dx, dResidual, p.output(d), p.output(d), rows, d, ...drop];
        });
      }
    }
  }
}

for (const [b, n, m, heads, width] of [
  [1, 1, 1, 1, 1],
  [2, 1, 37, 2, 32],
  [2, 3, 9, 2, 8],
  [1, 4, 8, 2, 16],
  [1, 7, 7, 3, 5],
  [2, 8, 16, 2, 17],
  [2, 9, 31, 2, 33],
  [3, 32, 32, 8, 32],
  [1, 33, 40, 2, 12],
  [2, 65, 65, 2, 20],
  [1, 70, 129, 1, 64],
  [1, 197, 197, 2, 64],
] as const) {
  const [queries, keys, pairs] = [b * n * heads * width, b * m * heads * width, b * heads * n * m];
  for (const causal of [false, true]) {
    for (const biased of [false, true]) {
      add(
        'attention',
        4e-6,
        `${b} × ${n} × ${m}, ${heads} heads of ${width}, causal ${causal}, bias ${biased}`,
        (p) => {
          const from = [
            p.floats(queries, 1, 3),
            p.floats(keys, 2, 3),
            p.floats(keys, 3),
            biased ? p.floats(b * m, 4) : 0,
          ];
          return [...from, p.output(queries), p.output(pairs), b, n, m, heads, width, causal, width ** -0.5];
        },
      );
    }
  }
  add('attentionGrad', 4e-5, `${b} × ${n} × ${m}, ${heads} heads of ${width}`, (p) => {
    const from = [p.floats(queries, 1), p.floats(queries, 2), p.floats(keys, 3), p.floats(keys, 4), p.floats(pairs, 5)];
    const to = [p.output(queries), p.output(keys), p.output(keys)];
    return [...from, ...to, b, n, m, heads, width, width ** -0.5, p.floats(n * m, 9)];
  });
}

for (const rows of [1, 3, 40]) {
  for (const v of [1, 2, 15, 17, 64, 255, 257, 1000]) {
    for (const smoothing of [0, 0.1]) {
      const what = `${rows} rows of ${v}, smoothing ${smoothing}`;
      // −1, v and v + 1 are no classes; 0 is to ignore
      const labels = Array.from({ length: rows }, (_, i) => ((i * 7) % (v + 3)) - 1);
      add('crossEntropy', 1e-6, what, (p) => {
        const [logits, ids] = [p.floats(rows * v, 1, 8), p.integers(labels)];
        return [logits, ids, p.output(rows), p.output(rows), rows, v, smoothing, 0];
      });
      add('crossEntropyGrad', 0, what, (p) => {
        const [dy, logits, ids] = [p.floats(rows, 1), p.floats(rows * v, 2, 8), p.integers(labels)];
        return [dy, logits, ids, p.floats(rows, 3), p.output(rows * v), rows, v, smoothing, 0];
      });
    }
  }
}

for (const [rows, width, segments] of [
  [1, 1, 1],
  [9, 17, 3],
  [40, 3, 7],
  [300, 65, 1000],
] as const) {
  // some ids are not among the segments
  const ids = Array.from({ length: rows }, (_, i) => ((i * 7) % (segments + 3)) - 1);
  add('segmentSum', 0, `${rows} rows of ${width}, ${segments} segments`, (p) => {
    return [p.floats(rows * width, 1), p.integers(ids), p.output(segments * width), rows, width, segments];
  });
}

for (const operation of [0, 1, 2]) {
  for (const [aSize, bSize] of [
    ...SIZES.flatMap((size) => [[size, size] as const, [size, 1] as const, [1, size] as const]),
    [15, 3],
    [3, 15],
    [34, 17],
    [17_000, 1000],
    [33, 33_000],
  ] as const) {
    add('arithmetic', 0, `operation ${operation} of ${aSize} and ${bSize}`, (p) => {
      const [a, b] = [p.floats(aSize, 1), p.floats(bSize, 2)];
      return [operation, a, aSize, b, bSize, p.output(Math.max(aSize, bSize))];
    });
  }
}

for (const [rows, width] of [
  [1, 1],
  [3, 17],
  [1, 4096],
  [1, 4097],
  [5, 9000],
  [1, 40_001],
  [2000, 10],
] as const) {
  add('sumRows', 2e-5, `${rows} rows of ${width}`, (p) => [p.floats(rows * width, 1), p.output(rows), rows, width]);
}

/** Stand-ins for what WebAssembly has no twin of. */
const plain: Required<Pick<Kernels, 'arithmetic' | 'sumRows'>> = {
  arithmetic(operation, a, aSize, b, bSize, out) {
    const [x, y] = [new Float32Array(memory.buffer, a, aSize), new Float32Array(memory.buffer, b, bSize)];
    new Float32Array(memory.buffer, out, Math.max(aSize, bSize)).forEach((_, i, all) => {
      const [left, right] = [x[i % aSize]!, y[i % bSize]!];
      all[i] = [left + right, left - right, left * right][operation]!;
    });
  },
  sumRows(x, out, rows, width) {
    new Float32Array(memory.buffer, out, rows).forEach((_, row, all) => {
      all[row] = new Float32Array(memory.buffer, x + row * width * 4, width).reduce((total, value) => total + value, 0);
    });
  },
};

const names = [...new Set(calls.map(({ name }) => name))];

// without native kernels, test-tools.ts says so
describe.skipIf(!hasRelaxedSimd()).each(variants.map(({ name }) => name))('%s', (variant) => {
  test.each(names)('%s equals its twin, with any number of threads', async (name) => {
    const module = await WebAssembly.compile(decodeBase64(RELAXED_SIMD));
    const twin = await instantiate<Kernels & { useConstants(at: number): void }>(module, memory);
    twin.useConstants(16); // below the arena
    const [one, two, three] = [1, 2, 3].map((threads) => native(variant, threads)) as [
      Partial<Kernels>,
      Partial<Kernels>,
      Partial<Kernels>,
    ];
    for (const { what, args, tolerance } of calls.filter((call) => call.name === name)) {
      const expected = outputs({ ...plain, ...twin }, name, args);
      const actual = outputs(one, name, args);
      for (const [k, want] of expected.entries()) {
        const got = actual[k] as Float32Array;
        if (tolerance === 0) expectEqualBits(got, want, `${what}, output ${k}`);
        else {
          try {
            expectCloseNumbers(got, want, tolerance);
          } catch (cause) {
            throw new Error(`${what}, output ${k}: ${(cause as Error).message}`);
          }
        }
      }
      for (const other of [two, three]) {
        const again = outputs(other, name, args);
        again.forEach((got, k) => void expectEqualBits(got, actual[k] as Float32Array, `${what}, output ${k}`));
      }
    }
  });

  test('what is not a number is not hidden', () => {
    const kernels = native(variant, 1);
    for (const at of [0, 3, 16, 20]) {
      const [, logSumExp] = outputs(kernels, 'crossEntropy', (p) => {
        const logits = p.floats(21, 1);
        new Float32Array(memory.buffer, logits, 21)[at] = Number.NaN;
        return [logits, p.integers([5]), p.output(1), p.output(1), 1, 21, 0.1, 0];
      });
      expect(logSumExp?.[0]).toBeNaN();
      const [, weights] = outputs(kernels, 'attention', (p) => {
        const [query, key, value] = [p.floats(8 * 4, 1), p.floats(21 * 4, 2), p.floats(21 * 4, 3)];
        new Float32Array(memory.buffer, key, 21 * 4)[at * 4] = Number.NaN;
        return [query, key, value, 0, p.output(8 * 4), p.output(8 * 21), 1, 8, 21, 1, 4, false, 0.5];
      });
      expect(weights?.every(Number.isNaN)).toBe(true);
    }
  });

  test('threads that wait use no processor time', async () => {
    const sessions = [native(variant, 3), native(variant, 3)];
    for (const kernels of sessions)
      outputs(kernels, 'gelu', (p) => [p.floats(40_000, 1), p.output(40_000), 40_000, 0, 0, 0, p.floats(16, 2)]);
    await setTimeout(50);
    const before = process.cpuUsage();
    await setTimeout(400);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(100);
  });

  test('20,000 random calls either compute or throw', () => {
    const kernels = native(variant, 2);
    const draws = numbers(100_003, 11);
    let next = 0;
    const upTo = (limit: number) => Math.floor(Math.abs(draws[next++ % draws.length]!) * limit);
    const odd = [0, -1, 0.5, 1, 3, 17, 1000, 2 ** 31 - 1, 2 ** 32 - 4, 1e300, Number.NaN, Number.POSITIVE_INFINITY];
    let computed = 0;
    for (let i = 0; i < 20_000; i++) {
      const { name, args } = calls[upTo(calls.length)]!;
      const wrong = [...args(arena())];
      for (let changes = 1 + upTo(3); changes > 0; changes--) {
        const address = [MEMORY_BYTES - 4 * upTo(100), 4 * upTo(MEMORY_BYTES / 4)][upTo(2)]!;
        wrong[upTo(wrong.length)] = [odd[upTo(odd.length)]!, upTo(50), address][upTo(3)]!;
      }
      try {
        (kernels[name] as unknown as AnyKernel)(...wrong);
        computed++;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
    expect(computed).toBeGreaterThan(1000);
    expect(computed).toBeLessThan(19_000);
  });

  test('addresses beyond the memory, wrong sizes and missing numbers throw', () => {
    const kernels = native(variant, 2);
    for (const name of names) {
      const { args } = calls.find((call) => call.name === name) as (typeof calls)[number];
      const place = arena();
      const right = args(place);
      const kernel = kernels[name] as unknown as AnyKernel;
      expect(() => kernel(...right.slice(0, -1))).toThrow(RangeError);
      expect(() => kernel(...right.map(() => Number.NaN))).toThrow(RangeError);
      expect(() => kernel(...right.map(() => -1))).toThrow(RangeError);
      expect(() => kernel(...right.map(() => 2 ** 31))).toThrow(RangeError);
      right.forEach((value, index) => {
        const ignored = index === right.length - 1; // working space, which the native kernels have themselves
        if (!place.addresses.has(value) || ignored) return;
        for (const wrong of [MEMORY_BYTES, MEMORY_BYTES - 2, 2 ** 32 - 4, -4, 4.5]) {
          const what = `${name}, argument ${index}: ${wrong}`;
          expect(() => kernel(...right.with(index, wrong)), what).toThrow(RangeError);
        }
      });
    }
  });
});

test.runIf(variants.length === 0)('no native kernels here', () => expect(variants).toEqual([]));
