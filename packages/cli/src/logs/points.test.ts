import { describe, expect, it } from 'vitest';
import { finitePoints, type Point, roundTicks, smooth, thin } from './points.ts';

it('finitePoints drops what no axis can show, and sorts', () => {
  const points: Point[] = [
    [3, 1],
    [1, 2],
    [2, Number.NaN],
    [4, Number.POSITIVE_INFINITY],
  ];
  expect(finitePoints(points)).toEqual([
    [1, 2],
    [3, 1],
  ]);
});

describe('thin', () => {
  const points: Point[] = Array.from({ length: 10_001 }, (_, i) => [i, i === 5003 ? 99 : i === 7001 ? -99 : i % 3]);

  it('keeps the ends, the spikes, the order and the limit', () => {
    const thinned = thin(points, 200);
    expect(thinned.length).toBeLessThanOrEqual(200);
    expect(thinned.length).toBeGreaterThan(150);
    expect(thinned[0]).toEqual([0, 0]);
    expect(thinned.at(-1)).toEqual([10_000, 1]);
    expect(thinned).toContainEqual([5003, 99]);
    expect(thinned).toContainEqual([7001, -99]);
    expect(thinned.every(([step], i) => i === 0 || step > thinned[i - 1]![0])).toBe(true);
  });

  it('leaves a short enough line unchanged', () =>
    expect(thin(points.slice(0, 200), 200)).toEqual(points.slice(0, 200)));
});

describe('smooth', () => {
  it('keeps a straight line straight, except at the ends', () => {
    const line: Point[] = Array.from({ length: 300 }, (_, i) => [i, 2 * i]);
    for (const [step, value] of smooth(line).slice(20, -20)) expect(value).toBeCloseTo(2 * step, 8);
  });

  it('removes most of the noise', () => {
    const noise: Point[] = Array.from({ length: 1200 }, (_, i) => [i, i % 2 === 0 ? 1 : -1]);
    for (const [, value] of smooth(noise)) expect(Math.abs(value)).toBeLessThan(0.1);
  });

  it('leaves few points as they are', () =>
    expect(
      smooth([
        [1, 5],
        [2, 3],
      ]),
    ).toEqual([
      [1, 5],
      [2, 3],
    ]));
});

it.each([
  [0, 24_000, 8, [0, 5000, 10_000, 15_000, 20_000, 25_000]],
  [1.56, 10.4, 6, [0, 2, 4, 6, 8, 10, 12]],
  [0.11, 0.58, 5, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]],
  [0, 34.4, 6, [0, 10, 20, 30, 40]],
  [-0.4, 0.4, 4, [-0.4, -0.2, 0, 0.2, 0.4]],
  [9.1, 9.1, 6, [8, 10]],
  [0, 0, 5, [0, 0.2]],
])('roundTicks(%d, %d, %d)', (low, high, count, ticks) => {
  expect(roundTicks(low, high, count).map((tick) => tick + 0)).toEqual(ticks);
});
