import { randomNormal } from '@ringformer/core/base';
import { describe, expect, test } from 'vitest';
import { cka, ckaCollector, referenceCka, type TokenFeatures } from './cka.ts';
import { golden, goldens } from './goldens.ts';
import { hsic0, hsic1 } from './hsic.ts';
import { linearGram, type Rows } from './rows.ts';

const noise = (n: number, d: number, seed: number): Rows => ({ shape: [n, d], data: randomNormal(n * d, seed) });
const map = ({ shape, data }: Rows, change: (x: number, at: number) => number): Rows => ({
  shape,
  data: Array.from(data, change),
});

describe('as the reference computes it', () => {
  const [x, y] = [golden<[number, number]>('cka.x'), golden<[number, number]>('cka.y')];
  const { values } = goldens.cka_full;

  test('all examples at once', () => {
    expect(cka(x, y, { estimator: 'biased' })).toBeCloseTo(values.linear, 12);
    expect(cka(x, y)).toBeCloseTo(values.linear_unbiased, 12);
    expect(cka(x, y, { kernel: 'rbf', estimator: 'biased' })).toBeCloseTo(values.rbf_1, 12);
    expect(cka(x, y, { kernel: 'rbf', bandwidth: 0.5, estimator: 'biased' })).toBeCloseTo(values.rbf_half, 12);
    expect(hsic0(linearGram(x), linearGram(y))).toBeCloseTo(values.hsic0_xy, 9);
  });

  const batches = [0, 1, 2].map((i) => ({
    xs: [golden(`cka.batch${i}.x`) as TokenFeatures],
    ys: [golden(`cka.batch${i}.y`) as TokenFeatures],
  }));
  const sentences = ({ shape: [count, n, d], data }: TokenFeatures): Rows[] =>
    Array.from({ length: count }, (_, s) => ({
      shape: [n, d],
      data: Array.from(data).slice(s * n * d, (s + 1) * n * d),
    }));

  test('HSIC of each sentence', () => {
    goldens.cka_minibatch.per_batch.forEach((expected: Record<string, number[]>, i: number) => {
      const xs = sentences(batches[i]!.xs[0]!).map(linearGram);
      const ys = sentences(batches[i]!.ys[0]!).map(linearGram);
      xs.forEach((k, s) => {
        expect(hsic1(k, ys[s]!)).toBeCloseTo(expected.hsic1_xy![s]!, 9);
        expect(hsic1(k, k)).toBeCloseTo(expected.hsic1_xx![s]!, 9);
      });
    });
  });

  test('the last batch only, or all', () => {
    expect(referenceCka(batches)[0]![0]).toBeCloseTo(goldens.cka_minibatch.reference_call_value, 12);
    const all = ckaCollector(1, 1);
    for (const { xs, ys } of batches) {
      const theirs = sentences(ys[0]!);
      sentences(xs[0]!).forEach((x, s) => {
        all.add([x], [theirs[s]!]);
      });
    }
    expect(all.matrix()[0]![0]).toBeCloseTo(goldens.cka_minibatch.accumulated_value, 12);
  });

  test('batches of pooled examples', () => {
    const pooled = ckaCollector(1, 1);
    for (const i of [0, 1]) pooled.add([golden(`cka.pooled${i}.x`)], [golden(`cka.pooled${i}.y`)]);
    expect(pooled.matrix()[0]![0]).toBeCloseTo(goldens.cka_pooled_accumulated.value, 12);
  });
});

describe.each([
  { kernel: 'linear', estimator: 'biased' },
  { kernel: 'linear', estimator: 'unbiased' },
  { kernel: 'rbf', estimator: 'biased' },
  { kernel: 'rbf', estimator: 'unbiased' },
] as const)('properties, $kernel $estimator', (options) => {
  const [x, y] = [noise(30, 6, 1), noise(30, 4, 2)];

  test('1 with itself, symmetric', () => {
    expect(cka(x, x, options)).toBeCloseTo(1, 12);
    expect(cka(x, y, options)).toBeCloseTo(cka(y, x, options), 12);
  });

  test('scale, shift and rotation change nothing', () => {
    const expected = cka(x, y, options);
    expect(
      cka(
        map(x, (v) => -3.5 * v),
        y,
        options,
      ),
    ).toBeCloseTo(expected, 10);
    expect(
      cka(
        map(x, (v, at) => v + (at % 6)),
        y,
        options,
      ),
    ).toBeCloseTo(expected, 10);
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const rotated = map(x, (v, at) => {
      const pair = x.data[at ^ 1]!; // columns 0 and 1, 2 and 3, 4 and 5 turn together
      return at % 2 === 0 ? c * v - s * pair : s * pair + c * v;
    });
    expect(cka(rotated, y, options)).toBeCloseTo(expected, 10);
  });
});

test('independent features: unbiased near 0, biased far from it', () => {
  const pairs = Array.from({ length: 40 }, (_, i) => [noise(12, 64, 2 * i), noise(12, 64, 2 * i + 1)] as const);
  const mean = (estimator: 'biased' | 'unbiased') =>
    pairs.reduce((sum, [x, y]) => sum + cka(x, y, { estimator }), 0) / pairs.length;
  expect(Math.abs(mean('unbiased'))).toBeLessThan(0.03);
  expect(mean('biased')).toBeGreaterThan(0.7);
});

test('small batches come near the value of all examples', () => {
  const x = noise(600, 5, 7);
  const y = map(x, (v, at) => v + 0.8 * Math.sin(at));
  const collector = ckaCollector(1, 1);
  for (let from = 0; from < 600; from += 10) {
    const part = ({ data }: Rows): Rows => ({
      shape: [10, 5],
      data: Array.from(data).slice(from * 5, (from + 10) * 5),
    });
    collector.add([part(x)], [part(y)]);
  }
  expect(Math.abs(collector.matrix()[0]![0]! - cka(x, y))).toBeLessThan(0.03);
});

test('bad calls', () => {
  const x = noise(5, 2, 1);
  expect(() => cka(x, noise(6, 2, 1))).toThrow('the same examples');
  expect(() => cka(noise(3, 2, 1), noise(3, 2, 1))).toThrow('at least 4 rows');
  expect(() => cka({ shape: [5, 3], data: x.data }, x)).toThrow('got 10 numbers for [5,3]');
  expect(() => cka(x, x, { kernel: 'poly' as never })).toThrow('kernel is the text "poly"');
  expect(() => cka(x, x, { bandwidth: 0 })).toThrow('bandwidth is 0');
  expect(() => ckaCollector(2, 1).add([x], [x])).toThrow('Expected features of 2 levels, got 1');
  expect(() => referenceCka([])).toThrow('at least one batch');
  expect(ckaCollector(1, 2).matrix()).toEqual([[Number.NaN, Number.NaN]]);
});
