import { constants, COUNTERS } from './constants';
import { mask1, mask4, seedBase } from './random';
import { fma, sumLanes } from './simd';

// Layer norm of x + dropout(residual), row by row; residual 0: only x; scale 0: no dropout.

/** x + mask·residual at element j of the row that starts at element `first`. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function sum4(x: usize, residual: usize, j: i32, first: i32, base: i32, threshold: i32, scale: f32): v128 {
  const at = <usize>j << 2;
  if (!residual) return v128.load(x + at);
  if (!scale) return f32x4.add(v128.load(x + at), v128.load(residual + at));
  const mask = mask4(first + j, COUNTERS, base, threshold, scale, constants());
  return f32x4.add(v128.load(x + at), f32x4.mul(v128.load(residual + at), mask));
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function sum1(x: usize, residual: usize, j: i32, first: i32, base: i32, threshold: i32, scale: f32): f32 {
  const at = <usize>j << 2;
  if (!residual) return load<f32>(x + at);
  if (!scale) return load<f32>(x + at) + load<f32>(residual + at);
  return load<f32>(x + at) + load<f32>(residual + at) * mask1(first + j, base, threshold, scale);
}

/** y [rows, d], stats [rows, 2] = mean, 1/√(variance + epsilon) */
export function layerNorm(
  x: usize, residual: usize, weight: usize, bias: usize, y: usize, stats: usize, rows: i32, d: i32,
  epsilon: f32, seed: i32, threshold: i32, scale: f32,
): void {
  const base = seedBase(seed), whole = d & ~3, row = <usize>d << 2;
  for (let i = 0; i < rows; i++, x += row, y += row, stats += 8) {
    const first = i * d;
    let sums = f32x4.splat(0);
    let j = 0;
    for (; j < whole; j += 4) {
      const s = sum4(x, residual, j, first, base, threshold, scale);
      v128.store(y + (<usize>j << 2), s);
      sums = f32x4.add(sums, s);
    }
    let total = sumLanes(sums);
    for (; j < d; j++) {
      const s = sum1(x, residual, j, first, base, threshold, scale);
      store<f32>(y + (<usize>j << 2), s);
      total += s;
    }
    const mean = total / <f32>d, means = f32x4.splat(mean);
    sums = f32x4.splat(0);
    for (j = 0; j < whole; j += 4) {
      const from = f32x4.sub(v128.load(y + (<usize>j << 2)), means);
      sums = fma(from, from, sums);
    }
    total = sumLanes(sums);
    for (; j < d; j++) {
      const from = load<f32>(y + (<usize>j << 2)) - mean;
      total += from * from;
    }
    const rate: f32 = <f32>1 / sqrt<f32>(total / <f32>d + epsilon), rates = f32x4.splat(rate);
    store<f32>(stats, mean);
    store<f32>(stats, rate, 4);
    for (j = 0; j < whole; j += 4) {
      const at = <usize>j << 2;
      const unit = f32x4.mul(f32x4.sub(v128.load(y + at), means), rates);
      v128.store(y + at, fma(unit, v128.load(weight + at), v128.load(bias + at)));
    }
    for (; j < d; j++) {
      const at = <usize>j << 2;
      store<f32>(y + at, (load<f32>(y + at) - mean) * rate * load<f32>(weight + at) + load<f32>(bias + at));
    }
    if (residual) residual += row;
  }
}

/** dx [rows, d], dResidual [rows, d] if there is a residual, dWeight [d], dBias [d] */
export function layerNormGrad(
  dy: usize, x: usize, residual: usize, weight: usize, stats: usize,
  dx: usize, dResidual: usize, dWeight: usize, dBias: usize, rows: i32, d: i32, seed: i32, threshold: i32, scale: f32,
): void {
  const base = seedBase(seed), whole = d & ~3, row = <usize>d << 2;
  memory.fill(dWeight, 0, row);
  memory.fill(dBias, 0, row);
  for (let i = 0; i < rows; i++, x += row, dy += row, dx += row, stats += 8) {
    const first = i * d;
    const mean = load<f32>(stats), rate = load<f32>(stats, 4);
    const means = f32x4.splat(mean), rates = f32x4.splat(rate);
    let sums = f32x4.splat(0), along = sums;
    let j = 0;
    for (; j < whole; j += 4) {
      const at = <usize>j << 2;
      const unit = f32x4.mul(f32x4.sub(sum4(x, residual, j, first, base, threshold, scale), means), rates);
      const slope = v128.load(dy + at), g = f32x4.mul(slope, v128.load(weight + at));
      v128.store(dx + at, unit);
      v128.store(dWeight + at, fma(slope, unit, v128.load(dWeight + at)));
      v128.store(dBias + at, f32x4.add(slope, v128.load(dBias + at)));
      sums = f32x4.add(sums, g);
      along = fma(g, unit, along);
    }
    let sum = sumLanes(sums), dot = sumLanes(along);
    for (; j < d; j++) {
      const at = <usize>j << 2;
      const unit = (sum1(x, residual, j, first, base, threshold, scale) - mean) * rate;
      const slope = load<f32>(dy + at), g = slope * load<f32>(weight + at);
      store<f32>(dx + at, unit);
      store<f32>(dWeight + at, load<f32>(dWeight + at) + slope * unit);
      store<f32>(dBias + at, load<f32>(dBias + at) + slope);
      sum += g;
      dot += g * unit;
    }
    sum /= <f32>d;
    dot /= <f32>d;
    sums = f32x4.splat(sum);
    along = f32x4.splat(dot);
    for (j = 0; j < whole; j += 4) {
      const at = <usize>j << 2;
      const g = f32x4.mul(v128.load(dy + at), v128.load(weight + at));
      const slope = f32x4.mul(rates, f32x4.sub(f32x4.sub(g, sums), f32x4.mul(v128.load(dx + at), along)));
      v128.store(dx + at, slope);
      if (residual) {
        const t = constants();
        v128.store(dResidual + at, scale ? f32x4.mul(slope, mask4(first + j, COUNTERS, base, threshold, scale, t)) : slope);
      }
    }
    for (; j < d; j++) {
      const at = <usize>j << 2;
      const slope = rate * (load<f32>(dy + at) * load<f32>(weight + at) - sum - load<f32>(dx + at) * dot);
      store<f32>(dx + at, slope);
      if (residual) {
        store<f32>(dResidual + at, scale ? slope * mask1(first + j, base, threshold, scale) : slope);
      }
    }
    if (residual) {
      residual += row;
      dResidual += row;
    }
  }
}
