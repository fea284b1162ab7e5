/** A step and the value measured there. */
export type Point = readonly [step: number, value: number];

/** The points with finite numbers, in the order of their steps. */
export function finitePoints(points: readonly Point[]): Point[] {
  const finite = points.filter(([step, value]) => Number.isFinite(step) && Number.isFinite(value));
  return finite.sort((a, b) => a[0] - b[0]);
}

/**
 * At most `limit` points that draw the same line: the lowest and the highest of each stretch, so that no spike is lost. The
 * first and the last point are kept.
 */
export function thin(points: readonly Point[], limit: number): Point[] {
  if (points.length <= limit) return [...points];
  const stretches = Math.floor(limit / 2) - 1;
  const inner = points.length - 2;
  const kept = [0, points.length - 1];
  for (let i = 0; i < stretches; i++) {
    const from = 1 + Math.floor((i * inner) / stretches);
    const to = 1 + Math.floor(((i + 1) * inner) / stretches);
    let low = from;
    let high = from;
    for (let at = from; at < to; at++) {
      if (points[at]![1] < points[low]![1]) low = at;
      if (points[at]![1] > points[high]![1]) high = at;
    }
    kept.push(low, high);
  }
  return [...new Set(kept)].sort((a, b) => a - b).map((at) => points[at]!);
}

/**
 * Centred moving average, twice (a triangular window). The window is narrower near the start, where losses fall too
 * fast to be averaged over, and one-sided at the end.
 */
export function smooth(points: readonly Point[]): Point[] {
  const radius = Math.round(points.length / 60);
  return movingAverage(movingAverage(points, radius), radius);
}

/** With fewer points, the very start of the line would stay noisy. */
const LEAST_REACH = 8;

function movingAverage(points: readonly Point[], radius: number): Point[] {
  const sums = [0];
  for (const [, value] of points) sums.push(sums.at(-1)! + value);
  return points.map(([step], at) => {
    const reach = Math.min(radius, Math.max(at, LEAST_REACH));
    const from = Math.max(at - reach, 0);
    const to = Math.min(at + reach + 1, points.length);
    return [step, (sums[to]! - sums[from]!) / (to - from)];
  });
}

/** Multiples of 1, 2 or 5 times a power of ten from at or below `low` to at or above `high`, about `count` of them. */
export function roundTicks(low: number, high: number, count: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power * count >= span * (1 - 1e-9)) ?? 10;
  const unit = factor * power;
  const first = Math.floor(low / unit + 1e-9);
  const last = Math.max(Math.ceil(high / unit - 1e-9), first + 1);
  // by division if the unit is a fraction, because 3 * 0.1 is not 0.3
  return Array.from({ length: last - first + 1 }, (_, i) =>
    unit < 1 ? (first + i) / Math.round(1 / unit) : (first + i) * unit,
  );
}
