import { dropoutMask, MASKED } from '@ringformer/core';
import { expectCloseNumbers } from '@ringformer/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addTo, erf, fused, get, numbers, onEveryBuild } from './test-tools.ts';

const size = fc.integer({ min: 1, max: 70 });
const rate = fc.constantFrom(0, 0.1, 0.5, 0.9);
const seed = fc.integer();

onEveryBuild(() => {
  describe('RingDropout', () => {
    test('drops what dropoutMask of core drops, bit for bit', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 1000 }),
          fc.double({ min: 0, max: 0.99, noNaN: true }),
          seed,
          (size, rate, seed) => {
            const x = numbers(size, 1);
            const [y] = fused('RingDropout', () => ({ x: tf.tensor1d(x) }), { rate, seed });
            const mask = dropoutMask(size, rate, seed);
            expect(y).toEqual(x.map((value, i) => Math.fround(value * get(mask, i))));
          },
        ),
      );
    });
  });

  describe('RingGelu', () => {
    const phi = (x: number) => 0.5 * (1 + erf(x * Math.SQRT1_2));
    const slope = (x: number) => phi(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);

    test('x·Φ(x) and its slope, on a fine grid', () => {
      const x = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 1000);
      const [y] = fused('RingGelu', () => ({ x: tf.tensor1d(x) }), { rate: 0, seed: 0 });
      expectCloseNumbers(
        y as Float32Array,
        Float64Array.from(x, (x) => x * phi(x)),
        1.2e-7,
      );
      const inputs = () => ({ dy: tf.onesLike(tf.tensor1d(x)), x: tf.tensor1d(x) });
      const [dx] = fused('RingGeluGrad', inputs, { rate: 0, seed: 0 });
      expectCloseNumbers(dx as Float32Array, Float64Array.from(x, slope), 2e-7);
    });

    test('far away it is 0 or x', () => {
      const x = [-1e30, -1e4, -40, 0, 40, 1e4, 1e30];
      const [y] = fused('RingGelu', () => ({ x: tf.tensor1d(x) }), { rate: 0, seed: 0 });
      expectCloseNumbers(
        y as Float32Array,
        x.map((x) => Math.max(0, Math.fround(x))),
        0,
      );
    });

    test('with dropout, at any size', () => {
      fc.assert(
        fc.property(size, rate, seed, (size, rate, seed) => {
          const x = numbers(size, 2, 4);
          const dy = numbers(size, 3);
          const mask = dropoutMask(size, rate, seed);
          const [y] = fused('RingGelu', () => ({ x: tf.tensor1d(x) }), { rate, seed });
          expectCloseNumbers(
            y as Float32Array,
            Float64Array.from(x, (x, i) => x * phi(x) * get(mask, i)),
            1e-6,
          );
          const [dx] = fused('RingGeluGrad', () => ({ dy: tf.tensor1d(dy), x: tf.tensor1d(x) }), { rate, seed });
          expectCloseNumbers(
            dx as Float32Array,
            Float64Array.from(x, (x, i) => slope(x) * get(dy, i) * get(mask, i)),
            1e-6,
          );
        }),
      );
    });
  });

  describe('RingLayerNorm', () => {
    const epsilon = 1e-5;

    test('forward and gradient, with and without residual and dropout', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 9 }), size, fc.boolean(), rate, seed, (rows, d, added, rate, seed) => {
          if (d === 1) return; // the variance of one number is 0: all is rounding
          const x = numbers(rows * d, 4, 3);
          const residual = numbers(rows * d, 5, 2);
          const weight = numbers(d, 6);
          const bias = numbers(d, 7);
          const dy = numbers(rows * d, 8);
          const mask = dropoutMask(rows * d, rate, seed);
          const expected = {
            y: new Float64Array(rows * d),
            stats: new Float64Array(rows * 2),
            dx: new Float64Array(rows * d),
            dResidual: new Float64Array(rows * d),
            dWeight: new Float64Array(d),
            dBias: new Float64Array(d),
          };
          for (let i = 0; i < rows; i++) {
            const row = Array.from({ length: d }, (_, j) => i * d + j);
            const sum = row.map((at) => get(x, at) + (added ? get(residual, at) * get(mask, at) : 0));
            const mean = sum.reduce((a, b) => a + b) / d;
            const inverse = 1 / Math.sqrt(sum.reduce((a, b) => a + (b - mean) ** 2, 0) / d + epsilon);
            const unit = sum.map((s) => (s - mean) * inverse);
            expected.stats.set([mean, inverse], i * 2);
            const g = row.map((at, j) => get(dy, at) * get(weight, j));
            const gMean = g.reduce((a, b) => a + b) / d;
            const gUnit = g.reduce((a, b, j) => a + b * get(unit, j), 0) / d;
            row.forEach((at, j) => {
              expected.y[at] = get(unit, j) * get(weight, j) + get(bias, j);
              const slope = inverse * (get(g, j) - gMean - get(unit, j) * gUnit);
              expected.dx[at] = slope;
              expected.dResidual[at] = slope * get(mask, at);
              addTo(expected.dWeight, j, get(dy, at) * get(unit, j));
              addTo(expected.dBias, j, get(dy, at));
            });
          }
          const tensors = () => ({
            x: tf.tensor2d(x, [rows, d]),
            residual: added ? tf.tensor2d(residual, [rows, d]) : undefined,
            weight: tf.tensor1d(weight),
            bias: tf.tensor1d(bias),
          });
          const [y, stats] = fused('RingLayerNorm', tensors, { epsilon, rate, seed }) as [Float32Array, Float32Array];
          expectCloseNumbers(y, expected.y, 2e-5);
          expectCloseNumbers(stats, expected.stats, 2e-5);
          const { bias: _, ...rest } = { bias: 0 };
          const grads = fused(
            'RingLayerNormGrad',
            () => {
              const { bias: _, ...inputs } = tensors();
              return { ...inputs, ...rest, dy: tf.tensor2d(dy, [rows, d]), stats: tf.tensor2d(stats, [rows, 2]) };
            },
            { rate, seed },
          );
          const { dx, dResidual, dWeight, dBias } = expected;
          const wanted = added ? [dx, dResidual, dWeight, dBias] : [dx, dWeight, dBias];
          expect(grads.length).toBe(wanted.length);
          wanted.forEach((want, i) => void expectCloseNumbers(grads[i] as Float32Array, want, 2e-4));
        }),
      );
    });
  });

  describe('RingAttention', () => {
    type Sizes = { b: number; n: number; m: number; heads: number; width: number; causal: boolean };

    /** Attention and, for a given dy, its gradients, in float64. `seen`: [b m], false where the key is masked. */
    function reference(
      sizes: Sizes,
      query: Float32Array,
      key: Float32Array,
      value: Float32Array,
      bias: Float32Array,
      dy: Float32Array,
    ) {
      const { b, n, m, heads, width, causal } = sizes;
      const d = heads * width;
      const scale = width ** -0.5;
      const out = new Float64Array(b * n * d);
      const weights = new Float64Array(b * heads * n * m);
      const dQuery = new Float64Array(b * n * d);
      const dKey = new Float64Array(b * m * d);
      const dValue = new Float64Array(b * m * d);
      for (let z = 0; z < b; z++) {
        for (let h = 0; h < heads; h++) {
          for (let i = 0; i < n; i++) {
            const q = (z * n + i) * d + h * width;
            const row = ((z * heads + h) * n + i) * m;
            const visible = causal ? Math.min(m, i + m - n + 1) : m;
            const scores: number[] = [];
            for (let j = 0; j < visible; j++) {
              let dot = 0;
              for (let e = 0; e < width; e++) dot += get(query, q + e) * get(key, (z * m + j) * d + h * width + e);
              // rounded as in float32, where the score vanishes next to MASKED
              scores.push(get(bias, z * m + j) === 0 ? dot * scale : Math.fround(dot * scale + get(bias, z * m + j)));
            }
            const top = Math.max(...scores);
            const exps = scores.map((s) => Math.exp(s - top));
            const sum = exps.reduce((x, y) => x + y, 0);
            const dWeights = exps.map((x, j) => {
              const p = x / sum;
              weights[row + j] = p;
              let slope = 0;
              for (let e = 0; e < width; e++) {
                const at = (z * m + j) * d + h * width + e;
                addTo(out, q + e, p * get(value, at));
                addTo(dValue, at, p * get(dy, q + e));
                slope += get(dy, q + e) * get(value, at);
              }
              return slope;
            });
            const along = dWeights.reduce((x, y, j) => x + y * get(weights, row + j), 0);
            dWeights.forEach((slope, j) => {
              const dScore = get(weights, row + j) * (slope - along) * scale;
              for (let e = 0; e < width; e++) {
                const at = (z * m + j) * d + h * width + e;
                addTo(dQuery, q + e, dScore * get(key, at));
                addTo(dKey, at, dScore * get(query, q + e));
              }
            });
          }
        }
      }
      return { out, weights, dQuery, dKey, dValue };
    }

    function check(sizes: Sizes, biased: boolean, scale = 1): void {
      const { b, n, m, heads, width, causal } = sizes;
      const d = heads * width;
      const query = numbers(b * n * d, 1, scale);
      const key = numbers(b * m * d, 2, scale);
      const value = numbers(b * m * d, 3);
      const dy = numbers(b * n * d, 4);
      // about a third masked, never the first key
      const bias = numbers(b * m, 5).map((x, at) => (biased && at % m > 0 && x < -0.3 ? MASKED : 0));
      const expected = reference(sizes, query, key, value, bias, dy);
      const inputs = () => ({
        query: tf.tensor3d(query, [b, n, d]),
        key: tf.tensor3d(key, [b, m, d]),
        value: tf.tensor3d(value, [b, m, d]),
      });
      const withBias = () => ({ ...inputs(), bias: biased ? tf.tensor2d(bias, [b, m]) : undefined });
      const [out, weights] = fused('RingAttention', withBias, { heads, causal }) as [Float32Array, Float32Array];
      const tolerance = 4e-6 * Math.max(1, scale * scale);
      expectCloseNumbers(weights, expected.weights, tolerance);
      expectCloseNumbers(out, expected.out, tolerance);
      const back = () => ({
        ...inputs(),
        dy: tf.tensor3d(dy, [b, n, d]),
        weights: tf.tensor4d(weights, [b, heads, n, m]),
      });
      const [dQuery, dKey, dValue] = fused('RingAttentionGrad', back, { heads }) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      expectCloseNumbers(dQuery, expected.dQuery, tolerance * 4);
      expectCloseNumbers(dKey, expected.dKey, tolerance * 4);
      expectCloseNumbers(dValue, expected.dValue, tolerance * 4);
    }

    test('any sizes, causal or not, masked or not', () => {
      const few = fc.integer({ min: 1, max: 3 });
      const length = fc.integer({ min: 1, max: 21 });
      fc.assert(
        fc.property(
          few,
          length,
          length,
          few,
          fc.integer({ min: 1, max: 40 }),
          fc.boolean(),
          fc.boolean(),
          (b, n, more, heads, width, causal, biased) => {
            check({ b, n, m: causal ? n + more - 1 : more, heads, width, causal }, biased);
          },
        ),
        { numRuns: 80 },
      );
    });

    test('one query against a long list of keys', () =>
      check({ b: 3, n: 1, m: 301, heads: 8, width: 32, causal: true }, true));

    test('scores of some thousands', () => check({ b: 2, n: 5, m: 9, heads: 2, width: 16, causal: false }, true, 30));

    test('if every key is masked, the weights are equal, not NaN', () => {
      const inputs = () => ({
        query: tf.ones([1, 2, 4]),
        key: tf.ones([1, 5, 4]),
        value: tf.ones([1, 5, 4]),
        bias: tf.fill([1, 5], MASKED),
      });
      const [out, weights] = fused('RingAttention', inputs, { heads: 2, causal: false }) as [
        Float32Array,
        Float32Array,
      ];
      expectCloseNumbers(weights, new Float32Array(20).fill(0.2), 1e-6);
      expectCloseNumbers(out, new Float32Array(8).fill(1), 1e-6);
    });
  });

  describe('RingCrossEntropy', () => {
    const smoothing = fc.constantFrom(0, 0.1, 0.5);
    const ignore = 0;

    function check(rows: number, v: number, epsilon: number, scale: number): void {
      const logits = numbers(rows * v, 1, scale);
      const labels = Int32Array.from(numbers(rows, 2), (x) => Math.floor(((x + 1) / 2) * v));
      const dy = numbers(rows, 3);
      const losses = new Float64Array(rows);
      const sums = new Float64Array(rows);
      const slopes = new Float64Array(rows * v);
      for (let i = 0; i < rows; i++) {
        const row = [...logits.subarray(i * v, (i + 1) * v)];
        const top = Math.max(...row);
        const log = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
        sums[i] = log;
        const label = get(labels, i);
        if (label === ignore) continue;
        const mean = row.reduce((sum, x) => sum + (log - x), 0) / v;
        losses[i] = (1 - epsilon) * (log - get(row, label)) + epsilon * mean;
        row.forEach((x, j) => {
          slopes[i * v + j] = get(dy, i) * (Math.exp(x - log) - (j === label ? 1 - epsilon : 0) - epsilon / v);
        });
      }
      const inputs = () => ({ logits: tf.tensor2d(logits, [rows, v]), labels: tf.tensor1d(labels, 'int32') });
      const attrs = { smoothing: epsilon, ignore };
      const [actual, logSumExp] = fused('RingCrossEntropy', inputs, attrs) as [Float32Array, Float32Array];
      expectCloseNumbers(actual, losses, 1e-6);
      expectCloseNumbers(logSumExp, sums, 1e-6);
      const back = () => ({ ...inputs(), dy: tf.tensor1d(dy), logSumExp: tf.tensor1d(logSumExp) });
      const [dLogits] = fused('RingCrossEntropyGrad', back, attrs) as [Float32Array];
      // p = exp(x − logSumExp), and float32 knows logSumExp to one part in 1.7e7
      expectCloseNumbers(dLogits, slopes, 1e-6 + 2e-7 * scale);
    }

    test('any sizes and smoothing', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 6 }), size, smoothing, (rows, v, epsilon) => check(rows, v, epsilon, 5)),
      );
    });

    test('a whole vocabulary', () => check(3, 8003, 0.1, 3));

    test('logits of ±10,000', () => {
      check(4, 37, 0.1, 1e4);
      check(4, 37, 0, 1e4);
    });

    test('a logit of −∞ elsewhere does no harm', () => {
      const inputs = () => ({
        logits: tf.tensor2d([0, 0, Number.NEGATIVE_INFINITY], [1, 3]),
        labels: tf.tensor1d([1], 'int32'),
      });
      const [losses] = fused('RingCrossEntropy', inputs, { smoothing: 0, ignore: -1 });
      expectCloseNumbers(losses as Float32Array, [Math.log(2)], 1e-7);
    });
  });

  describe('RingAdam', () => {
    test('one update of any size', () => {
      fc.assert(
        fc.property(
          size,
          fc.constantFrom(0, 0.01),
          fc.constantFrom(0, 0.1),
          fc.constantFrom(1, 0.25),
          (size, weightDecay, l2, gradScale) => {
            const [param, grad, m] = [1, 2, 3].map((seed) => numbers(size, seed)) as [
              Float32Array,
              Float32Array,
              Float32Array,
            ];
            const v = numbers(size, 4).map(Math.abs);
            const attrs = {
              lr: 0.01,
              beta1: 0.9,
              beta2: 0.98,
              epsilon: 1e-8,
              weightDecay,
              l2,
              gradScale,
              correction1: 0.19,
              correction2: 0.04,
            };
            const inputs = () => ({
              param: tf.tensor1d(param),
              grad: tf.tensor1d(grad),
              m: tf.tensor1d(m),
              v: tf.tensor1d(v),
            });
            const actual = fused('RingAdam', inputs, attrs);
            const expected = [0, 1, 2].map(() => new Float64Array(size));
            for (let i = 0; i < size; i++) {
              const g = get(grad, i) * gradScale + l2 * get(param, i);
              const m1 = 0.9 * get(m, i) + (1 - 0.9) * g;
              const v1 = 0.98 * get(v, i) + (1 - 0.98) * g * g;
              const decay = 0.01 * weightDecay * get(param, i);
              const values = [get(param, i) - decay - (0.01 * (m1 / 0.19)) / (Math.sqrt(v1 / 0.04) + 1e-8), m1, v1];
              values.forEach((value, k) => {
                (expected[k] as Float64Array)[i] = value;
              });
            }
            actual.forEach((output, k) => void expectCloseNumbers(output, expected[k] as Float64Array, 1e-6));
          },
        ),
      );
    });
  });
});
