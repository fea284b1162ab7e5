import { exp4, tail4 } from './math';
import { mask1, mask4, seedBase } from './random';
import { fma } from './simd';

// Kernels that visit each element once. `scale` 0 means no dropout. The last, incomplete group of four goes through a copy
// in `scratch`, so that one body serves both cases.

/** y = x · mask */
export function dropout(x: usize, y: usize, size: i32, seed: i32, threshold: i32, scale: f32): void {
  const base = seedBase(seed);
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const at = <usize>i << 2;
    v128.store(y + at, f32x4.mul(v128.load(x + at), mask4(i, base, threshold, scale)));
  }
  for (; i < size; i++) {
    const at = <usize>i << 2;
    store<f32>(y + at, load<f32>(x + at) * mask1(i, base, threshold, scale));
  }
}

/** x·Φ(x) */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function gelu4(x: v128): v128 {
  const density = exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
  const tail = tail4(x, density);
  const below = f32x4.lt(x, f32x4.splat(0));
  return f32x4.mul(x, v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), below));
}

/** Φ(x) + x·φ(x) */
// @ts-ignore: decorators are AssemblyScript's
@inline
function geluSlope4(x: v128): v128 {
  const density = exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
  const tail = tail4(x, density);
  const below = f32x4.lt(x, f32x4.splat(0));
  const cumulative = v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), below);
  return fma(f32x4.mul(x, f32x4.splat(0.3989422804)), density, cumulative);
}

/** y = gelu(x) · mask */
export function gelu(x: usize, y: usize, size: i32, seed: i32, threshold: i32, scale: f32, scratch: usize): void {
  const base = seedBase(seed);
  const whole = size & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    const at = <usize>i << 2;
    let value = gelu4(v128.load(x + at));
    if (scale) value = f32x4.mul(value, mask4(i, base, threshold, scale));
    v128.store(y + at, value);
  }
  if (i < size) {
    const at = <usize>i << 2, rest = <usize>(size - i) << 2;
    memory.copy(scratch, x + at, rest);
    let value = gelu4(v128.load(scratch));
    if (scale) value = f32x4.mul(value, mask4(i, base, threshold, scale));
    v128.store(scratch, value);
    memory.copy(y + at, scratch, rest);
  }
}

/** dx = dy · mask · gelu'(x) */
export function geluGrad(
  dy: usize, x: usize, dx: usize, size: i32, seed: i32, threshold: i32, scale: f32, scratch: usize,
): void {
  const base = seedBase(seed);
  const whole = size & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    const at = <usize>i << 2;
    let value = f32x4.mul(geluSlope4(v128.load(x + at)), v128.load(dy + at));
    if (scale) value = f32x4.mul(value, mask4(i, base, threshold, scale));
    v128.store(dx + at, value);
  }
  if (i < size) {
    const at = <usize>i << 2, rest = <usize>(size - i) << 2;
    memory.copy(scratch, x + at, rest);
    memory.copy(scratch + 16, dy + at, rest);
    let value = f32x4.mul(geluSlope4(v128.load(scratch)), v128.load(scratch, 16));
    if (scale) value = f32x4.mul(value, mask4(i, base, threshold, scale));
    v128.store(scratch, value);
    memory.copy(dx + at, scratch, rest);
  }
}

/**
 * One Adam update, element by element: see RingAdam in @ringformer/core. gain1 = 1 − β1, gain2 = 1 − β2,
 * decay = lr·weightDecay.
 */
export function adam(
  param: usize, grad: usize, m: usize, v: usize, newParam: usize, newM: usize, newV: usize, size: i32,
  lr: f32, beta1: f32, gain1: f32, beta2: f32, gain2: f32, epsilon: f32, decay: f32, l2: f32, gradScale: f32,
  correction1: f32, correction2: f32,
): void {
  let i: usize = 0;
  for (const end = <usize>(size & ~3) << 2; i < end; i += 16) {
    const p = v128.load(param + i);
    const g = fma(p, f32x4.splat(l2), f32x4.mul(v128.load(grad + i), f32x4.splat(gradScale)));
    const m1 = fma(f32x4.splat(beta1), v128.load(m + i), f32x4.mul(f32x4.splat(gain1), g));
    const v1 = fma(f32x4.splat(beta2), v128.load(v + i), f32x4.mul(f32x4.splat(gain2), f32x4.mul(g, g)));
    const root = f32x4.add(f32x4.sqrt(f32x4.div(v1, f32x4.splat(correction2))), f32x4.splat(epsilon));
    const step = f32x4.div(f32x4.mul(f32x4.splat(lr), f32x4.div(m1, f32x4.splat(correction1))), root);
    v128.store(newParam + i, f32x4.sub(f32x4.sub(p, f32x4.mul(p, f32x4.splat(decay))), step));
    v128.store(newM + i, m1);
    v128.store(newV + i, v1);
  }
  for (const end = <usize>size << 2; i < end; i += 4) {
    const p = load<f32>(param + i);
    const g = p * l2 + load<f32>(grad + i) * gradScale;
    const m1 = beta1 * load<f32>(m + i) + gain1 * g;
    const v1 = beta2 * load<f32>(v + i) + gain2 * (g * g);
    const root = sqrt<f32>(v1 / correction2) + epsilon;
    store<f32>(newParam + i, p - p * decay - (lr * (m1 / correction1)) / root);
    store<f32>(newM + i, m1);
    store<f32>(newV + i, v1);
  }
}

/** out[ids[i]] += x[i] for each row i; rows with an id outside 0 … segments − 1 are skipped. `out` is cleared first. */
export function segmentSum(x: usize, ids: usize, out: usize, rows: i32, width: i32, segments: i32): void {
  memory.fill(out, 0, <usize>segments * <usize>width << 2);
  const row = <usize>width << 2, whole = <usize>(width & ~3) << 2;
  for (let i = 0; i < rows; i++, x += row) {
    const id = load<i32>(ids + (<usize>i << 2));
    if (<u32>id >= <u32>segments) continue;
    const to = out + <usize>id * row;
    let j: usize = 0;
    for (; j < whole; j += 16) v128.store(to + j, f32x4.add(v128.load(to + j), v128.load(x + j)));
    for (; j < row; j += 4) store<f32>(to + j, load<f32>(to + j) + load<f32>(x + j));
  }
}

/** out[i] = x[ids[i]], row by row. Returns the first i with an id outside 0 … rows − 1, or −1. */
export function gatherRows(x: usize, ids: usize, out: usize, count: i32, width: i32, rows: i32): i32 {
  const row = <usize>width << 2;
  for (let i = 0; i < count; i++, out += row) {
    const id = load<i32>(ids + (<usize>i << 2));
    if (<u32>id >= <u32>rows) return i;
    memory.copy(out, x + <usize>id * row, row);
  }
  return -1;
}

/** Copies `count` blocks of `bytes` that are fromStep bytes apart to places that are toStep bytes apart. */
export function copyBlocks(from: usize, fromStep: usize, to: usize, toStep: usize, bytes: usize, count: i32): void {
  for (; count; count--, from += fromStep, to += toStep) memory.copy(to, from, bytes);
}
