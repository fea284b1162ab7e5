import { expectCloseNumbers } from '@ringformer/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { get, numbers, onEveryBuild } from './test-tools.ts';

type Case = { m: number; n: number; k: number; tA: boolean; tB: boolean };

/** Two matrices and their product in float64. */
function reference({ m, n, k, tA, tB }: Case, a: Float32Array, b: Float32Array): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += get(a, tA ? p * m + i : i * k + p) * get(b, tB ? j * k + p : p * n + j);
      out[i * n + j] = sum;
    }
  }
  return out;
}

const shapeA = ({ m, k, tA }: Case) => (tA ? [k, m] : [m, k]);
const shapeB = ({ n, k, tB }: Case) => (tB ? [n, k] : [k, n]);

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 140 }) },
);
const anyCase = fc.record({ m: size, n: size, k: size, tA: fc.boolean(), tB: fc.boolean() });
const smallSize = fc.integer({ min: 1, max: 20 });
const smallCase = fc.record({ m: smallSize, n: smallSize, k: smallSize, tA: fc.boolean(), tB: fc.boolean() });

onEveryBuild(() => {
  describe('matMul', () => {
    test('a product by hand', () => {
      const c = tf.tidy(() =>
        tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]), true).dataSync(),
      );
      expect([...c]).toEqual([1 * 5 + 3 * 7, 1 * 6 + 3 * 8, 2 * 5 + 4 * 7, 2 * 6 + 4 * 8]);
    });

    test('any two matrices, plain and transposed', () => {
      fc.assert(
        fc.property(anyCase, (shape) => {
          const a = numbers(shape.m * shape.k, 1);
          const b = numbers(shape.k * shape.n, 2);
          const { tA, tB } = shape;
          const actual = tf.tidy(() =>
            tf.matMul(tf.tensor(a, shapeA(shape)), tf.tensor(b, shapeB(shape)), tA, tB).dataSync(),
          );
          expectCloseNumbers(actual, reference(shape, a, b), 1e-7 * (shape.k + 10));
        }),
        { numRuns: 150 },
      );
    });

    test.each([
      { m: 260, n: 16, k: 256, tA: false, tB: true },
      { m: 16, n: 132, k: 512, tA: true, tB: false },
      { m: 135, n: 90, k: 513, tA: false, tB: false },
      { m: 131, n: 67, k: 300, tA: true, tB: true },
      { m: 1, n: 1031, k: 259, tA: false, tB: true },
      { m: 7, n: 500, k: 257, tA: true, tB: false },
    ])('$m·$n over $k, tA $tA, tB $tB: sizes across the blocks', (shape) => {
      const a = numbers(shape.m * shape.k, 1);
      const b = numbers(shape.k * shape.n, 2);
      const { tA, tB } = shape;
      const actual = tf.tidy(() =>
        tf.matMul(tf.tensor(a, shapeA(shape)), tf.tensor(b, shapeB(shape)), tA, tB).dataSync(),
      );
      expectCloseNumbers(actual, reference(shape, a, b), 3e-5);
    });

    test('batches broadcast', () => {
      const axes = fc.constantFrom<number[][][]>(
        [[3], [3]],
        [[3], [1]],
        [[1], [3]],
        [[], [2]],
        [[2], []],
        [
          [2, 3],
          [2, 3],
        ],
        [
          [2, 1],
          [1, 3],
        ],
        [[2, 3], [3]],
        [
          [2, 3],
          [2, 1],
        ],
        [
          [1, 3],
          [2, 3],
        ],
        [
          [3, 1, 2],
          [2, 1],
        ],
      );
      fc.assert(
        fc.property(smallCase, axes, (shape, [aAxes = [], bAxes = []]) => {
          const [matrixA, matrixB] = [shape.m * shape.k, shape.k * shape.n];
          const a = numbers(tf.util.sizeFromShape(aAxes) * matrixA, 3);
          const b = numbers(tf.util.sizeFromShape(bAxes) * matrixB, 4);
          const out = tf.broadcast_util.assertAndGetBroadcastShape(aAxes, bAxes);
          const actual = tf.tidy(() => {
            const product = tf.matMul(
              tf.tensor(a, [...aAxes, ...shapeA(shape)]),
              tf.tensor(b, [...bAxes, ...shapeB(shape)]),
              shape.tA,
              shape.tB,
            );
            expect(product.shape).toEqual([...out, shape.m, shape.n]);
            return product.dataSync();
          });
          // which matrix of each operand goes into matrix z of the result
          const expected = new Float64Array(actual.length);
          const pick = (own: number[], index: number[]) =>
            own.reduce(
              (at, length, i) => at * length + (length === 1 ? 0 : get(index, out.length - own.length + i)),
              0,
            );
          for (let z = 0; z < tf.util.sizeFromShape(out); z++) {
            const index = tf.util.indexToLoc(z, out.length, tf.util.computeStrides(out));
            const [za, zb] = [pick(aAxes, index) * matrixA, pick(bAxes, index) * matrixB];
            const product = reference(shape, a.subarray(za, za + matrixA), b.subarray(zb, zb + matrixB));
            expected.set(product, z * shape.m * shape.n);
          }
          expectCloseNumbers(actual, expected, 1e-5);
        }),
        { numRuns: 150 },
      );
    });

    test('empty products', () => {
      tf.tidy(() => {
        expect([...tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])).dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
        expect(tf.matMul(tf.zeros([0, 2]), tf.zeros([2, 3])).shape).toEqual([0, 3]);
      });
    });

    test.each<[number[], number[]]>([
      [[2, 3], [3]],
      [[3], [3, 2]],
      [[3], [3]],
      [[1], [1, 1]],
      [[], [2, 2]],
      [[4, 2, 3], [3]],
    ])('[%s] · [%s] is refused: no matrices', (a, b) => {
      const refused = expect.objectContaining({ code: 'bad-shape', message: expect.stringContaining('two matrices') });
      expect(() => tf.tidy(() => tf.matMul(tf.ones(a), tf.ones(b)))).toThrow(refused);
      expect(() => tf.tidy(() => tf.fused.matMul({ a: tf.ones(a), b: tf.ones(b) }))).toThrow();
    });

    test('NaN and infinity come through', () => {
      const a = [1, Number.NaN, 0, Number.POSITIVE_INFINITY];
      const c = tf.tidy(() => tf.matMul(tf.tensor2d(a, [2, 2]), tf.tensor2d([1, 0, 0, 1], [2, 2])).dataSync());
      expect([...c]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY]);
    });
  });

  describe('fused.matMul', () => {
    const activations = fc.constantFrom('linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu');
    const act: Record<string, (x: number, alpha: number) => number> = {
      linear: (x) => x,
      relu: (x) => Math.max(0, x),
      relu6: (x) => Math.min(6, Math.max(0, x)),
      elu: (x) => (x < 0 ? Math.expm1(x) : x),
      sigmoid: (x) => 1 / (1 + Math.exp(-x)),
      leakyrelu: (x) => (x < 0 ? 0.3 * x : x),
      prelu: (x, alpha) => (x < 0 ? alpha * x : x),
    };

    test('bias and activation, batched and transposed, at any depth', () => {
      const batch = fc.integer({ min: 1, max: 3 });
      fc.assert(
        fc.property(
          anyCase,
          batch,
          activations,
          fc.constantFrom('row', 'one', 'none'),
          (shape, count, activation, kind) => {
            const { m, n, k, tA, tB } = shape;
            const a = numbers(count * m * k, 5);
            const b = numbers(k * n, 6);
            const bias = numbers(kind === 'one' ? 1 : n, 7);
            const alpha = numbers(n, 8);
            const actual = tf.tidy(() =>
              tf.fused
                .matMul({
                  a: tf.tensor<tf.Rank.R3>(a, [count, ...shapeA(shape)] as [number, number, number]),
                  b: tf.tensor<tf.Rank.R3>(b, [1, ...shapeB(shape)] as [number, number, number]),
                  transposeA: tA,
                  transposeB: tB,
                  activation: activation as 'relu',
                  leakyreluAlpha: 0.3,
                  ...(kind === 'none' ? {} : { bias: tf.tensor1d(bias) }),
                  ...(activation === 'prelu' ? { preluActivationWeights: tf.tensor1d(alpha) } : {}),
                })
                .dataSync(),
            );
            const expected = new Float64Array(count * m * n);
            for (let z = 0; z < count; z++) {
              const product = reference(shape, a.subarray(z * m * k, (z + 1) * m * k), b);
              for (let at = 0; at < m * n; at++) {
                const add = kind === 'none' ? 0 : get(bias, kind === 'one' ? 0 : at % n);
                expected[z * m * n + at] = act[activation]?.(get(product, at) + add, get(alpha, at % n)) as number;
              }
            }
            expectCloseNumbers(actual, expected, 1e-7 * (k + 20));
          },
        ),
        { numRuns: 100 },
      );
    });
  });
});
