import { fma } from './simd';

/**
 * exp(x) for x ≤ 88, within 2 units in the last place; exactly 0 below −87.33, where the result would be subnormal.
 * 2^n · exp(r) with r = x − n·ln 2 in two parts (Cody and Waite) and the Taylor-like polynomial of Cephes' expf.
 */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function exp4(x: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  // in pairs (Estrin), for a shorter chain of operations
  const r2 = f32x4.mul(r, r);
  const low = fma(f32x4.splat(1.6666665459e-1), r, f32x4.splat(0.5));
  const middle = fma(f32x4.splat(8.3334519073e-3), r, f32x4.splat(4.1665795894e-2));
  const high = fma(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  let p = fma(fma(high, r2, middle), r2, low);
  p = f32x4.add(fma(p, r2, r), f32x4.splat(1));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.and(f32x4.mul(p, scale), f32x4.gt(x, f32x4.splat(-87.33)));
}

/** exp of one number, as `exp4` */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
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
export function tail4(x: v128, density: v128): v128 {
  const one = f32x4.splat(1);
  // 0.45·t, kept finite so that t/(t + 1) is 1 at infinity
  const t = f32x4.min(f32x4.mul(f32x4.abs(x), f32x4.splat(0.31819805)), f32x4.splat(1e30));
  const s = f32x4.div(t, f32x4.add(t, one));
  const s2 = f32x4.mul(s, s), s4 = f32x4.mul(s2, s2);
  const p01 = fma(f32x4.splat(-2.430732011795044), s, f32x4.splat(2.5075087547302246));
  const p23 = fma(f32x4.splat(0.2701389491558075), s, f32x4.splat(0.8855771422386169));
  const p45 = fma(f32x4.splat(-0.015624657273292542), s, f32x4.splat(-0.20836733281612396));
  const p67 = fma(f32x4.splat(0.24855974316596985), s, f32x4.splat(-0.15675272047519684));
  const p89 = fma(f32x4.splat(0.01748770847916603), s, f32x4.splat(-0.11780837923288345));
  const p = fma(fma(p89, s4, fma(p67, s2, p45)), s4, fma(p23, s2, p01));
  return f32x4.mul(f32x4.mul(f32x4.splat(0.5), density), f32x4.sub(one, f32x4.mul(s, p)));
}
