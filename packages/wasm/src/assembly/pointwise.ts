import { constants, COUNTERS, DENSITY, MINUS_HALF, NEXT_COUNTERS, ONE } from './constants';
import { exp4, tail4 } from './math';
import { mask1, mask4, seedBase } from './random';
import { fma } from './simd';

// Kernels that visit each element once. `scale` 0 means no dropout. Two neighbouring vectors are computed side by side, so
// that V8 can make one of 256 bits of them. The last, incomplete eight of GELU go through a copy in `scratch`, so that one
// body serves both cases.

/** Elements that GELU computes before their dropout: they stay in the cache. */
const BLOCK: i32 = 2048;

/** y = x · mask */
export function dropout(x: usize, y: usize, size: i32, seed: i32, threshold: i32, scale: f32): void {
  drop(x, y, 0, size, seedBase(seed), threshold, scale);
}

/** y = x · mask for elements from … to */
function drop(x: usize, y: usize, from: i32, to: i32, base: i32, threshold: i32, scale: f32): void {
  const t = constants();
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const at = <usize>i << 2;
    const a = f32x4.mul(v128.load(x + at), mask4(i, COUNTERS, base, threshold, scale, t));
    const b = f32x4.mul(v128.load(x + at, 16), mask4(i, NEXT_COUNTERS, base, threshold, scale, t));
    v128.store(y + at, a);
    v128.store(y + at, b, 16);
  }
  for (; i < to; i++) {
    const at = <usize>i << 2;
    store<f32>(y + at, load<f32>(x + at) * mask1(i, base, threshold, scale));
  }
}

/** x·Φ(x) */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function gelu4(x: v128, t: usize): v128 {
  const density = exp4(f32x4.mul(f32x4.mul(x, x), v128.load_splat<f32>(t, MINUS_HALF)), t);
  return f32x4.mul(x, cumulative4(x, density, t));
}

/** Φ(x), given exp(−x²/2) */
// @ts-ignore: decorators are AssemblyScript's
@inline
function cumulative4(x: v128, density: v128, t: usize): v128 {
  const tail = tail4(x, density, t);
  const below = f32x4.lt(x, f32x4.splat(0));
  return v128.bitselect(tail, f32x4.sub(v128.load_splat<f32>(t, ONE), tail), below);
}

/** Φ(x) + x·φ(x) */
// @ts-ignore: decorators are AssemblyScript's
@inline
function geluSlope4(x: v128, t: usize): v128 {
  const density = exp4(f32x4.mul(f32x4.mul(x, x), v128.load_splat<f32>(t, MINUS_HALF)), t);
  return fma(f32x4.mul(x, v128.load_splat<f32>(t, DENSITY)), density, cumulative4(x, density, t));
}

/** y = gelu(x), `bytes` a multiple of 32 */
export function geluOf(x: usize, y: usize, bytes: usize): void {
  const t = constants();
  for (let p: usize = 0; p != bytes; p += 32) {
    const a = gelu4(v128.load(x + p), t), b = gelu4(v128.load(x + p, 16), t);
    v128.store(y + p, a);
    v128.store(y + p, b, 16);
  }
}

/** dx = dy · gelu'(x), `bytes` a multiple of 32 */
function geluGradOf(dy: usize, x: usize, dx: usize, bytes: usize): void {
  const t = constants();
  for (let p: usize = 0; p != bytes; p += 32) {
    const a = f32x4.mul(geluSlope4(v128.load(x + p), t), v128.load(dy + p));
    const b = f32x4.mul(geluSlope4(v128.load(x + p, 16), t), v128.load(dy + p, 16));
    v128.store(dx + p, a);
    v128.store(dx + p, b, 16);
  }
}

/** y = gelu(x) · mask */
export function gelu(x: usize, y: usize, size: i32, seed: i32, threshold: i32, scale: f32, scratch: usize): void {
  const base = seedBase(seed);
  for (let i = 0; i < size; i += BLOCK) {
    const end = min(size, i + BLOCK), at = <usize>i << 2;
    const whole = <usize>((end - i) & ~7) << 2, rest = (<usize>(end - i) << 2) - whole;
    geluOf(x + at, y + at, whole);
    if (rest) {
      memory.copy(scratch, x + at + whole, rest);
      geluOf(scratch, scratch, 32);
      memory.copy(y + at + whole, scratch, rest);
    }
    if (scale) drop(y, y, i, end, base, threshold, scale);
  }
}

/** dx = dy · mask · gelu'(x) */
export function geluGrad(
  dy: usize, x: usize, dx: usize, size: i32, seed: i32, threshold: i32, scale: f32, scratch: usize,
): void {
  const base = seedBase(seed);
  for (let i = 0; i < size; i += BLOCK) {
    const end = min(size, i + BLOCK), at = <usize>i << 2;
    const whole = <usize>((end - i) & ~7) << 2, rest = (<usize>(end - i) << 2) - whole;
    geluGradOf(dy + at, x + at, dx + at, whole);
    if (rest) {
      memory.copy(scratch, x + at + whole, rest);
      memory.copy(scratch + 32, dy + at + whole, rest);
      geluGradOf(scratch + 32, scratch, scratch, 32);
      memory.copy(dx + at + whole, scratch, rest);
    }
    if (scale) drop(dx, dx, i, end, base, threshold, scale);
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
