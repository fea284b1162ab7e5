import { COUNTERS, MIX_1, MIX_2 } from './constants';

// Counter-based dropout: bit for bit the numbers of random.ts in @ringformer/core.

/** The finaliser of MurmurHash3 on four counters. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function mix4(x: v128, t: usize): v128 {
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, v128.load_splat<i32>(t, MIX_1));
  x = v128.xor(x, i32x4.shr_u(x, 13));
  x = i32x4.mul(x, v128.load_splat<i32>(t, MIX_2));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** The finaliser of MurmurHash3. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function mix1(x: u32): u32 {
  x ^= x >> 16;
  x *= 0x85ebca6b;
  x ^= x >> 13;
  x *= 0xc2b2ae35;
  return x ^ (x >> 16);
}

/** Mixes a seed once, before the counters. */
export function seedBase(seed: i32): i32 {
  return mix1(seed);
}

/** Mask of elements i … i+3, or of i+4 … i+7 with the next four `counters`: 0 where dropped, `scale` where kept. */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function mask4(i: i32, counters: usize, base: i32, threshold: i32, scale: f32, t: usize): v128 {
  const counter = i32x4.add(i32x4.splat(i * <i32>0x9e3779b1), v128.load(t + counters));
  const bits = i32x4.shr_u(mix4(v128.xor(counter, i32x4.splat(base)), t), 8);
  return v128.and(i32x4.ge_s(bits, i32x4.splat(threshold)), f32x4.splat(scale));
}

/** Mask of element i. */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function mask1(i: i32, base: i32, threshold: i32, scale: f32): f32 {
  return <i32>(mix1((i * <i32>0x9e3779b1) ^ base) >> 8) >= threshold ? scale : 0;
}
