// Elementary functions, operation by operation those of packages/wasm/src/assembly (math.ts, pointwise.ts, random.ts),
// which say where they come from: with relaxed SIMD the results are the same bit for bit.
#pragma once
#include "vector.h"

/** exp(x) for x ≤ 88; exactly 0 below −87.33. */
INLINE Floats exp_(Floats x) {
  Floats n = nearest(x * splat(1.44269504f));
  Floats r = x - n * splat(0.693359375f);
  r = r - n * splat(-2.12194440e-4f);
  Floats r2 = r * r;
  Floats low = fma_(splat(1.6666665459e-1f), r, splat(0.5f));
  Floats middle = fma_(splat(8.3334519073e-3f), r, splat(4.1665795894e-2f));
  Floats high = fma_(splat(1.9875691500e-4f), r, splat(1.3981999507e-3f));
  Floats p = fma_(fma_(high, r2, middle), r2, low);
  p = fma_(p, r2, r) + splat(1);
  Ints exponent = (__builtin_convertvector(n, Ints) + 127) << 23;
  return (Floats)((Ints)(p * (Floats)exponent) & (Ints)(x > splat(-87.33f)));
}

/** 1 − Φ(|x|), given exp(−x²/2). */
INLINE Floats tail(Floats x, Floats density) {
  Floats t = min_(abs_(x) * splat(0.31819805f), splat(1e30f));
  Floats s = t / (t + splat(1));
  Floats s2 = s * s, s4 = s2 * s2;
  Floats p01 = fma_(splat(-2.430732011795044f), s, splat(2.5075087547302246f));
  Floats p23 = fma_(splat(0.2701389491558075f), s, splat(0.8855771422386169f));
  Floats p45 = fma_(splat(-0.015624657273292542f), s, splat(-0.20836733281612396f));
  Floats p67 = fma_(splat(0.24855974316596985f), s, splat(-0.15675272047519684f));
  Floats p89 = fma_(splat(0.01748770847916603f), s, splat(-0.11780837923288345f));
  Floats p = fma_(fma_(p89, s4, fma_(p67, s2, p45)), s4, fma_(p23, s2, p01));
  return splat(0.5f) * density * (splat(1) - s * p);
}

/** x·Φ(x) */
INLINE Floats geluOf(Floats x) {
  Floats above = tail(x, exp_(x * x * splat(-0.5f)));
  return x * choose(x < splat(0), above, splat(1) - above);
}

/** Φ(x) + x·φ(x) */
INLINE Floats geluSlope(Floats x) {
  Floats density = exp_(x * x * splat(-0.5f));
  Floats above = tail(x, density);
  return fma_(x * splat(0.3989422804f), density, choose(x < splat(0), above, splat(1) - above));
}

typedef uint32_t Words __attribute__((vector_size(LANES * 4)));

/** Mixes a seed once, before the counters: the finaliser of MurmurHash3. */
INLINE uint32_t seedBase(uint32_t x) {
  x = (x ^ x >> 16) * 0x85ebca6bu;
  x = (x ^ x >> 13) * 0xc2b2ae35u;
  return x ^ x >> 16;
}

/** Dropout's mask of elements i …: 0 if dropped, `scale` if kept. */
INLINE Floats maskAt(uint32_t i, uint32_t base, int threshold, float scale) {
  Words counter;
  for (int lane = 0; lane < LANES; lane++) counter[lane] = (uint32_t)lane * 0x9e3779b1u;
  counter = (counter + i * 0x9e3779b1u) ^ base;
  counter = (counter ^ counter >> 16) * 0x85ebca6bu;
  counter = (counter ^ counter >> 13) * 0xc2b2ae35u;
  Ints bits = (Ints)((counter ^ counter >> 16) >> 8);
  return (Floats)((Ints)(bits >= threshold) & (Ints)splat(scale));
}

/** ln x of a positive normal number: x = m·2^e with m about 1, ln m = 2·artanh((m − 1)/(m + 1)). */
INLINE double logOf(double x) {
  int64_t bits;
  memcpy(&bits, &x, 8);
  int64_t e = (bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffff) | 0x3ff0000000000000;
  double m;
  memcpy(&m, &bits, 8);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  double s = (m - 1) / (m + 1), z = s * s;
  double series =
      1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z * (1.0 / 13))))));
  return 2 * s * series + (double)e * 0.6931471805599453;
}
