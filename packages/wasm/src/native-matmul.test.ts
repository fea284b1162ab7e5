import { decodeBase64 } from '@ringformer/core/base';
import { findNative, openKernels } from '@ringformer/native';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enableRelaxedSimd } from '#platform';
import { RELAXED_SIMD } from './generated/kernels.ts';
import type { Kernels } from './heap.ts';
import { instantiate } from './instantiate.ts';
import { hasRelaxedSimd } from './start.ts';
import { numbers } from './test-tools.ts';

// The native products against those of the relaxed WebAssembly build, on one memory.

enableRelaxedSimd();

type Shape = {
  m: number;
  n: number;
  k: number;
  tA?: boolean;
  tB?: boolean;
  batch?: number;
  withBias?: boolean;
  aShared?: boolean;
  /** Operands are rounded to bfloat16 first. */
  rounded?: boolean;
};
type Products = Pick<Kernels, 'matMul' | 'rankProduct'>;

const GUARD = 64;
const memory = new WebAssembly.Memory({ initial: 1024, maximum: 2048 });
const floats = () => new Float32Array(memory.buffer);

/** Puts operands into the memory, with guards around them and C, runs a product, and returns C. */
function run(kernels: Products, shape: Shape): Float32Array {
  const { m, n, k, tA = false, tB = false, batch = 1, withBias = false, aShared = false, rounded = false } = shape;
  const given = rounded ? roundToBfloat16 : (x: Float32Array) => x;
  const heap = floats();
  let at = 257; // only as aligned as floats are
  const put = (values: Float32Array) => {
    const from = at;
    heap.set(values, from);
    at += values.length + GUARD;
    return from;
  };
  const a = put(given(numbers((aShared ? 1 : batch) * m * k, 1)));
  const b = put(given(numbers(batch * k * n, 2)));
  const bias = put(numbers(n, 3));
  const c = put(new Float32Array(batch * m * n + GUARD).fill(7)) + GUARD / 2;
  const scratch = Math.ceil(at / 4) * 16;
  kernels.matMul(
    ...([a * 4, aShared ? 0 : m * k * 4, tA, b * 4, k * n * 4, tB] as const),
    ...([c * 4, batch, m, n, k, withBias ? bias * 4 : 0, scratch] as const),
  );
  const around = [...heap.slice(c - GUARD / 2, c), ...heap.slice(c + batch * m * n, c + batch * m * n + GUARD / 2)];
  expect(around.every((x) => x === 7)).toBe(true);
  return heap.slice(c, c + batch * m * n);
}

/** To the nearest, ties to even. */
function roundToBfloat16(x: Float32Array): Float32Array {
  const bits = new Uint32Array(x.slice().buffer);
  return new Float32Array(bits.map((word) => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000).buffer);
}

/** The same kernels with products in bf16 or f16. */
function inHalves(kernels: Products, kernel: 'matMulBf16' | 'matMulF16' = 'matMulBf16'): Products {
  return { ...kernels, matMul: (kernels as Products & Record<string, Kernels['matMul']>)[kernel] as Kernels['matMul'] };
}

/** √(Σ(x − y)² / Σy²) */
function relativeError(x: Float32Array, y: Float32Array): number {
  const sum = (value: (i: number) => number) => y.reduce((total, _, i) => total + value(i) ** 2, 0);
  return Math.sqrt(sum((i) => x[i]! - y[i]!) / sum((i) => y[i]!));
}

function largestDifference(x: Float32Array, y: Float32Array): number {
  expect(x.length).toBe(y.length);
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
}

const sameBits = (x: Float32Array, y: Float32Array) =>
  Buffer.compare(Buffer.from(x.buffer), Buffer.from(y.buffer)) === 0;

/** Numbers around the edges of all variants' tiles, blocks and vectors. */
const EDGES = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 23, 24, 25, 27, 28, 29, 31, 32, 33, 47, 48, 49, 65, 112, 113,
];
const edge = fc.constantFrom(...EDGES);
const anyShape = fc.record({
  m: edge,
  n: edge,
  k: fc.oneof(edge, fc.constantFrom(63, 64, 127, 255, 256, 257, 511, 513)),
  tA: fc.boolean(),
  tB: fc.boolean(),
  withBias: fc.boolean(),
});

const native = findNative();
const variants = native.addon?.variants ?? [];

describe.skipIf(!hasRelaxedSimd() || variants.length === 0)('native products', async () => {
  const wasm = hasRelaxedSimd()
    ? await instantiate<Kernels>(await WebAssembly.compile(decodeBase64(RELAXED_SIMD)), memory)
    : (undefined as never);
  const open = (variant: string, threads: number) => openKernels(memory, { variant, threads }) as unknown as Products;

  describe.each(variants)('$name', ({ name: variant, bfloat16: hasBfloat16, float16: hasFloat16 }) => {
    const kernels = open(variant, 2);

    test('the bits are those of WebAssembly wherever that packs its operands', () => {
      const large = fc.record({
        m: fc.integer({ min: 17, max: 150 }),
        n: fc.integer({ min: 17, max: 150 }),
        k: fc.constantFrom(114, 128, 255, 256, 257, 300, 513),
        tA: fc.boolean(),
        tB: fc.boolean(),
        withBias: fc.boolean(),
      });
      fc.assert(
        fc.property(large, (shape) => {
          expect(sameBits(run(kernels, shape), run(wasm, shape))).toBe(true);
        }),
        { numRuns: 100 },
      );
    });

    test('elsewhere the numbers agree, at the edges of all tiles', () => {
      fc.assert(
        fc.property(anyShape, (shape) => {
          const difference = largestDifference(run(kernels, shape), run(wasm, shape));
          expect(difference).toBeLessThan(1e-7 * (shape.k + 10));
        }),
        { numRuns: 600 },
      );
    });

    test('every height and width of a tile', () => {
      for (let m = 1; m <= 30; m++) {
        for (const n of EDGES.filter((n) => n < 52)) {
          const shape = { m, n, k: 21, tA: m % 2 === 0, tB: n % 2 === 0 };
          expect(largestDifference(run(kernels, shape), run(wasm, shape))).toBeLessThan(4e-6);
        }
      }
    });

    test.each<Shape>([
      { m: 1024, n: 16, k: 256, tB: true },
      { m: 1024, n: 256, k: 16 },
      { m: 16, n: 256, k: 1024, tA: true },
      { m: 256, n: 16, k: 1024, tA: true },
      { m: 1, n: 4003, k: 100 },
      { m: 1, n: 1003, k: 260, tB: true, withBias: true },
      { m: 1003, n: 1, k: 260, withBias: true },
      { m: 1003, n: 1, k: 260, tA: true, withBias: true },
      { m: 259, n: 3, k: 300, tB: true },
      { m: 300, n: 40, k: 4500 },
      { m: 33, n: 1500, k: 1025, tB: true, withBias: true },
      { m: 0, n: 5, k: 5 },
      { m: 5, n: 7, k: 0, withBias: true },
    ])('$m·$n over $k, tA $tA, tB $tB: thin, deep and wide ones', (shape) => {
      const expected = run(wasm, shape);
      expect(largestDifference(run(kernels, shape), expected)).toBeLessThan(1e-7 * (shape.k + 10));
    });

    test('one thread, two and three compute the same bits', () => {
      const sets = [1, 3].map((threads) => open(variant, threads));
      const shapes: Shape[] = [
        { m: 257, n: 129, k: 300, withBias: true },
        { m: 129, n: 260, k: 515, tA: true },
        { m: 1000, n: 16, k: 256, tB: true },
        { m: 15, n: 1030, k: 256, tB: true },
        { m: 16, n: 250, k: 1024, tA: true },
        { m: 1, n: 8003, k: 129 },
        { m: 1, n: 4003, k: 260, tB: true },
        { m: 5003, n: 1, k: 131, withBias: true },
        { m: 60, n: 65, k: 40, batch: 12, tB: true },
        { m: 140, n: 170, k: 200, batch: 2 },
      ];
      for (const shape of shapes) {
        const two = run(kernels, shape);
        for (const other of sets) expect(sameBits(run(other, shape), two)).toBe(true);
      }
    });

    test.skipIf(!hasBfloat16)(
      'products in bf16: rounded operands, sums in f32, the same on any number of threads',
      () => {
        const bfloat16 = [2, 1, 3].map((threads) => inHalves(open(variant, threads)));
        const shapes = fc.record({
          m: fc.integer({ min: 29, max: 130 }),
          n: fc.integer({ min: 33, max: 130 }),
          k: fc.constantFrom(1, 2, 3, 15, 16, 17, 31, 32, 33, 64, 127, 255, 511, 513, 600),
          tA: fc.boolean(),
          tB: fc.boolean(),
          withBias: fc.boolean(),
        });
        fc.assert(
          fc.property(shapes, (shape) => {
            const [two, one, three] = bfloat16.map((own) => run(own, shape)) as [
              Float32Array,
              Float32Array,
              Float32Array,
            ];
            // the same operands, rounded, in f32: only the order of the sums differs
            const expected = run(wasm, { ...shape, rounded: true });
            expect(largestDifference(two, expected)).toBeLessThan(2e-7 * (shape.k + 10));
            expect(sameBits(two, one) && sameBits(two, three)).toBe(true);
          }),
          { numRuns: 150 },
        );
      },
    );

    test.skipIf(!hasFloat16)('products in f16: closer than in bf16, the same on any number of threads', () => {
      const halves = [2, 1, 3].map((threads) => inHalves(open(variant, threads), 'matMulF16'));
      const shapes = fc.record({
        m: fc.integer({ min: 29, max: 130 }),
        n: fc.integer({ min: 33, max: 130 }),
        k: fc.constantFrom(1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 511, 513, 600, 1025),
        tA: fc.boolean(),
        tB: fc.boolean(),
        withBias: fc.boolean(),
        batch: fc.constantFrom(1, 1, 3),
      });
      fc.assert(
        fc.property(shapes, (shape) => {
          const [two, one, three] = halves.map((own) => run(own, shape)) as [Float32Array, Float32Array, Float32Array];
          expect(relativeError(two, run(wasm, shape))).toBeLessThan(1.8e-3);
          expect(sameBits(two, one) && sameBits(two, three)).toBe(true);
        }),
        { numRuns: 150 },
      );
    });

    test.skipIf(!hasFloat16)('products in f16: powers of two change nothing else, however large or small', () => {
      const own = inHalves(open(variant, 2), 'matMulF16');
      const heap = floats();
      const [m, n, k] = [45, 50, 130];
      const [a, b, c] = [64, 1 << 16, 1 << 17];
      const product = (scaleA: number, scaleB: number) => {
        heap.set(
          numbers(m * k, 1).map((x) => x * scaleA),
          a,
        );
        heap.set(
          numbers(k * n, 2).map((x) => x * scaleB),
          b,
        );
        own.matMul(a * 4, 0, false, b * 4, 0, false, c * 4, 1, m, n, k, 0, 0);
        return heap.slice(c, c + m * n);
      };
      const plain = product(1, 1);
      for (const [x, y] of [
        [2 ** 40, 1],
        [2 ** -50, 2 ** 20],
        [2 ** -45, 2 ** -40],
        [2 ** 55, 2 ** 50],
      ] as const) {
        expect(
          sameBits(
            product(x, y),
            plain.map((value) => value * x * y),
          ),
        ).toBe(true);
      }
      // beyond what is scaled, f32
      expect(relativeError(product(2 ** 80, 2 ** -80), product(1, 1))).toBeLessThan(1.8e-3);
      const far = product(2 ** 80, 1);
      open(variant, 2).matMul(a * 4, 0, false, b * 4, 0, false, c * 4, 1, m, n, k, 0, 0);
      expect(sameBits(far, heap.slice(c, c + m * n))).toBe(true);
      // zeros have no largest number
      expect(product(0, 1).every((value) => value === 0)).toBe(true);
    });

    const rounded = [
      ...(hasBfloat16 ? (['matMulBf16'] as const) : []),
      ...(hasFloat16 ? (['matMulF16'] as const) : []),
    ];
    test.each(rounded)('%s: thin products stay f32; NaN and infinity come through', (kernel) => {
      const own = inHalves(open(variant, 2), kernel);
      for (const shape of [
        { m: 28, n: 200, k: 100 },
        { m: 200, n: 32, k: 100, tB: true },
      ])
        expect(sameBits(run(own, shape), run(kernels, shape))).toBe(true);
      const heap = floats();
      heap.fill(1, 64, 64 + 40 * 40 * 2);
      heap[64] = Number.NaN;
      heap[64 + 40] = Number.POSITIVE_INFINITY;
      own.matMul(256, 0, false, 256 + 40 * 160, 0, false, 1 << 20, 1, 40, 40, 40, 0, 0);
      const [first, second, third] = [0, 40, 80].map((at) => heap[(1 << 18) + at]);
      expect([first, second, third]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 40]);
    });

    test('batches, with an A for each product or one for all', () => {
      for (const aShared of [false, true]) {
        for (const shape of [
          { m: 5, n: 6, k: 7 },
          { m: 40, n: 50, k: 60, tA: true },
          { m: 150, n: 130, k: 140, tB: true, withBias: true },
        ]) {
          const all = { ...shape, batch: 3, aShared };
          expect(largestDifference(run(kernels, all), run(wasm, all))).toBeLessThan(2e-5);
        }
      }
    });

    test('rankProduct with strides, a scale, and C or a bias added', () => {
      const tile = fc.record({
        m: edge,
        n: edge,
        k: fc.integer({ min: 0, max: 40 }),
        gap: fc.integer({ min: 0, max: 3 }),
        add: fc.boolean(),
        withBias: fc.boolean(),
        tA: fc.boolean(),
      });
      fc.assert(
        fc.property(tile, ({ m, n, k, gap, add, withBias, tA }) => {
          const [aRow, aColumn] = tA ? [1 + gap, m * (1 + gap)] : [k + gap, 1];
          const [a, b, c, bias] = [64, 200_064, 400_064, 700_064];
          const results = [wasm, kernels].map((own) => {
            floats().set(numbers(200_000, 1), a);
            floats().set(numbers(200_000, 2), b);
            floats().set(numbers(300_000, 3), c);
            floats().set(numbers(n, 4), bias);
            own.rankProduct(
              ...([a * 4, aRow * 4, aColumn * 4, b * 4, (n + gap) * 4] as const),
              ...([c * 4, (n + gap) * 4, m, n, k, 0.75, withBias ? bias * 4 : 0, add] as const),
            );
            return floats().slice(c - 64, c + 200_000);
          }) as [Float32Array, Float32Array];
          expect(largestDifference(...results)).toBeLessThan(1e-5);
          // the last columns of WebAssembly's rows are not fused
          if (n % 4 === 0) expect(sameBits(...results)).toBe(true);
        }),
        { numRuns: 200 },
      );
    });

    test('misuse throws and leaves everything as it was', () => {
      const end = memory.buffer.byteLength;
      const good = [64, 0, false, 4096, 0, false, 8192, 1, 4, 5, 6, 0, 0] as const;
      const call = (index: number, value: number) => () =>
        kernels.matMul(...(good.map((x, i) => (i === index ? value : x)) as Parameters<Kernels['matMul']>));
      expect(call(0, 64)).not.toThrow();
      for (const index of [0, 3, 6]) {
        for (const value of [0, -4, 66, end, end - 40, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY])
          expect(call(index, value)).toThrow(RangeError);
      }
      for (const index of [7, 8, 9, 10]) {
        for (const value of [-1, 1.5, 2 ** 31, Number.NaN, 2 ** 30]) expect(call(index, value)).toThrow(RangeError);
      }
      for (const value of [end, -4, 6, Number.NaN]) expect(call(11, value)).toThrow(RangeError);
      expect(() => (kernels.matMul as unknown as (...args: number[]) => void)(1, 2, 3)).toThrow(RangeError);
    });

    test('10,000 random calls either compute or throw', () => {
      const end = memory.buffer.byteLength;
      const draw = numbers(400_000, 9);
      let next = 0;
      const upTo = (limit: number) => Math.floor(Math.abs(draw[next++ % draw.length]!) * limit);
      const address = () => [0, upTo(end), upTo(end / 4) * 4, end - upTo(64) * 4, 4 * upTo(1000)][upTo(5)]!;
      const length = () => [upTo(3), upTo(20), upTo(70), upTo(400)][upTo(4)]!;
      let done = 0;
      for (let i = 0; i < 10_000; i++) {
        try {
          if (i % 2) {
            kernels.matMul(
              ...([address(), upTo(3) * 4000, upTo(2) > 0, address(), upTo(3) * 4000, upTo(2) > 0] as const),
              ...([address(), upTo(4), length(), length(), length(), upTo(2) * address(), 0] as const),
            );
          } else {
            kernels.rankProduct(
              ...([address(), upTo(999), 4 * upTo(99), address(), 4 * upTo(999), address(), 4 * upTo(999)] as const),
              ...([length(), length(), length(), 1, upTo(2) * address(), upTo(2) > 0] as const),
            );
          }
          done++;
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }
      expect(done).toBeGreaterThan(1000);
      expect(done).toBeLessThan(9000);
    });
  });
});
