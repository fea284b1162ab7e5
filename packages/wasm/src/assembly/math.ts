import {
  EXP_3, EXP_4, EXP_5, EXP_6, EXP_7, EXP_LEAST, EXPONENT, HALF, LN2_LOWER, LN2_UPPER, LOG2_E, ONE, ROUND, TAIL_0, TAIL_1, TAIL_2,
  TAIL_3, TAIL_4, TAIL_5, TAIL_6, TAIL_7, TAIL_8, TAIL_9, TAIL_MOST, TAIL_SCALE,
} from './constants';
import { fma } from './simd';

/**
 * exp(x) for x ≤ 88, within 2 units in the last place; exactly 0 below −87.33, where the result would be subnormal.
 * 2^n · exp(r) with r = x − n·ln 2 in two parts (Cody and Waite) and the Taylor-like polynomial of Cephes' expf.
 */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function exp4(x: v128, t: usize): v128 {
  // adding 1.5 · 2²³ rounds to an integer and leaves it in the lowest bits
  const rounder = v128.load_splat<f32>(t, ROUND);
  const shifted = f32x4.add(f32x4.mul(x, v128.load_splat<f32>(t, LOG2_E)), rounder);
  const n = f32x4.sub(shifted, rounder);
  let r = f32x4.sub(x, f32x4.mul(n, v128.load_splat<f32>(t, LN2_UPPER)));
  r = f32x4.sub(r, f32x4.mul(n, v128.load_splat<f32>(t, LN2_LOWER)));
  // in pairs (Estrin), for a shorter chain of operations
  const r2 = f32x4.mul(r, r);
  const low = fma(v128.load_splat<f32>(t, EXP_3), r, v128.load_splat<f32>(t, HALF));
  const middle = fma(v128.load_splat<f32>(t, EXP_5), r, v128.load_splat<f32>(t, EXP_4));
  const high = fma(v128.load_splat<f32>(t, EXP_7), r, v128.load_splat<f32>(t, EXP_6));
  let p = fma(fma(high, r2, middle), r2, low);
  p = f32x4.add(fma(p, r2, r), v128.load_splat<f32>(t, ONE));
  const scale = i32x4.add(i32x4.shl(shifted, 23), v128.load_splat<i32>(t, EXPONENT));
  return v128.and(f32x4.mul(p, scale), f32x4.gt(x, v128.load_splat<f32>(t, EXP_LEAST)));
}

/** exp of one number, as `exp4` */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function exp1(x: f32, t: usize): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x), t), 0);
}

/** ln x of a positive normal number, in float64: x = m·2^e with m about 1, ln m = 2·artanh((m − 1)/(m + 1)). */
export function log1(x: f64): f64 {
  let bits = reinterpret<i64>(x);
  let e = (bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffff) | 0x3ff0000000000000;
  let m = reinterpret<f64>(bits);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  const s = (m - 1) / (m + 1), z = s * s;
  const series = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z * (1.0 / 13))))));
  return 2 * s * series + <f64>e * 0.6931471805599453;
}

/**
 * The upper tail of the normal distribution, 1 − Φ(|x|), given exp(−x²/2): erfc(t) = exp(−t²)·erfcx(t), t = |x|/√2,
 * and erfcx(t) = 1 − s·P(s) with s = t/(t + 1/0.45). P is our own minimax fit, accurate to 4e-9; Φ is accurate to 1e-7.
 */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function tail4(x: v128, density: v128, t: usize): v128 {
  const one = v128.load_splat<f32>(t, ONE);
  // 0.45·|x|/√2, kept finite so that the quotient is 1 at infinity
  const u = f32x4.min(f32x4.mul(f32x4.abs(x), v128.load_splat<f32>(t, TAIL_SCALE)), v128.load_splat<f32>(t, TAIL_MOST));
  const s = f32x4.div(u, f32x4.add(u, one));
  const s2 = f32x4.mul(s, s), s4 = f32x4.mul(s2, s2);
  const p01 = fma(v128.load_splat<f32>(t, TAIL_1), s, v128.load_splat<f32>(t, TAIL_0));
  const p23 = fma(v128.load_splat<f32>(t, TAIL_3), s, v128.load_splat<f32>(t, TAIL_2));
  const p45 = fma(v128.load_splat<f32>(t, TAIL_5), s, v128.load_splat<f32>(t, TAIL_4));
  const p67 = fma(v128.load_splat<f32>(t, TAIL_7), s, v128.load_splat<f32>(t, TAIL_6));
  const p89 = fma(v128.load_splat<f32>(t, TAIL_9), s, v128.load_splat<f32>(t, TAIL_8));
  const p = fma(fma(p89, s4, fma(p67, s2, p45)), s4, fma(p23, s2, p01));
  return f32x4.mul(f32x4.mul(v128.load_splat<f32>(t, HALF), density), f32x4.sub(one, f32x4.mul(s, p)));
}
