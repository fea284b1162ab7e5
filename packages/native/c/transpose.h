// Rows to columns, in registers: LANES vectors of LANES numbers.
#pragma once
#include "vector.h"

#if LANES == 16
#define BITS(x) _mm512_castps_pd(x)
#define FLOATS(x) _mm512_castpd_ps(x)
INLINE void transpose(Floats x[LANES]) {
  Floats t[16];
  for (int i = 0; i < 16; i += 4) {
    Floats low01 = _mm512_unpacklo_ps(x[i], x[i + 1]), high01 = _mm512_unpackhi_ps(x[i], x[i + 1]);
    Floats low23 = _mm512_unpacklo_ps(x[i + 2], x[i + 3]), high23 = _mm512_unpackhi_ps(x[i + 2], x[i + 3]);
    t[i] = FLOATS(_mm512_unpacklo_pd(BITS(low01), BITS(low23)));
    t[i + 1] = FLOATS(_mm512_unpackhi_pd(BITS(low01), BITS(low23)));
    t[i + 2] = FLOATS(_mm512_unpacklo_pd(BITS(high01), BITS(high23)));
    t[i + 3] = FLOATS(_mm512_unpackhi_pd(BITS(high01), BITS(high23)));
  }
  for (int i = 0; i < 4; i++) {
    Floats even0 = _mm512_shuffle_f32x4(t[i], t[i + 4], 0x88), odd0 = _mm512_shuffle_f32x4(t[i], t[i + 4], 0xdd);
    Floats even1 = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0x88), odd1 = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0xdd);
    x[i] = _mm512_shuffle_f32x4(even0, even1, 0x88);
    x[i + 4] = _mm512_shuffle_f32x4(odd0, odd1, 0x88);
    x[i + 8] = _mm512_shuffle_f32x4(even0, even1, 0xdd);
    x[i + 12] = _mm512_shuffle_f32x4(odd0, odd1, 0xdd);
  }
}
#undef BITS
#undef FLOATS

/** Stages of `sumEach`: halves added, two vectors to one. */
INLINE Floats halves8(Floats x, Floats y) {
  return _mm512_shuffle_f32x4(x, y, 0x44) + _mm512_shuffle_f32x4(x, y, 0xee);
}
INLINE Floats halves4(Floats x, Floats y) {
  return _mm512_shuffle_f32x4(x, y, 0x88) + _mm512_shuffle_f32x4(x, y, 0xdd);
}
INLINE Floats halves2(Floats x, Floats y) {
  return (Floats)_mm512_shuffle_ps(x, y, 0x44) + (Floats)_mm512_shuffle_ps(x, y, 0xee);
}
INLINE Floats halves1(Floats x, Floats y) {
  return (Floats)_mm512_shuffle_ps(x, y, 0x88) + (Floats)_mm512_shuffle_ps(x, y, 0xdd);
}
/** Lane i: sumLanes(x[i]). */
INLINE Floats sumEach(const Floats x[LANES]) {
  Floats part[4];
  for (int i = 0; i < 4; i++) {
    // vector 4·lane + i goes into 128-bit lane `lane`
    part[i] = halves4(halves8(x[i], x[i + 4]), halves8(x[i + 8], x[i + 12]));
  }
  return halves1(halves2(part[0], part[1]), halves2(part[2], part[3]));
}
#elif LANES == 8
INLINE void transpose(Floats x[LANES]) {
  Floats t[8];
  for (int i = 0; i < 8; i += 4) {
    Floats low01 = _mm256_unpacklo_ps(x[i], x[i + 1]), high01 = _mm256_unpackhi_ps(x[i], x[i + 1]);
    Floats low23 = _mm256_unpacklo_ps(x[i + 2], x[i + 3]), high23 = _mm256_unpackhi_ps(x[i + 2], x[i + 3]);
    t[i] = _mm256_shuffle_ps(low01, low23, 0x44);
    t[i + 1] = _mm256_shuffle_ps(low01, low23, 0xee);
    t[i + 2] = _mm256_shuffle_ps(high01, high23, 0x44);
    t[i + 3] = _mm256_shuffle_ps(high01, high23, 0xee);
  }
  for (int i = 0; i < 4; i++) {
    x[i] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x20);
    x[i + 4] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x31);
  }
}
/** Lane i: sumLanes(x[i]). */
INLINE Floats sumEach(const Floats x[LANES]) {
  Floats part[4];
  for (int i = 0; i < 4; i++)
    part[i] = (Floats)_mm256_permute2f128_ps(x[i], x[i + 4], 0x20) + (Floats)_mm256_permute2f128_ps(x[i], x[i + 4], 0x31);
  Floats two[2];
  for (int i = 0; i < 2; i++)
    two[i] = (Floats)_mm256_shuffle_ps(part[2 * i], part[2 * i + 1], 0x44) +
             (Floats)_mm256_shuffle_ps(part[2 * i], part[2 * i + 1], 0xee);
  return (Floats)_mm256_shuffle_ps(two[0], two[1], 0x88) + (Floats)_mm256_shuffle_ps(two[0], two[1], 0xdd);
}
#elif LANES == 4
INLINE Floats pick(Floats x, Floats y, int odd) {
  return odd ? (Floats)vuzp2q_f32((float32x4_t)x, (float32x4_t)y) : (Floats)vuzp1q_f32((float32x4_t)x, (float32x4_t)y);
}
INLINE Floats pairs(Floats x, Floats y, int high) {
  float64x2_t a = (float64x2_t)x, b = (float64x2_t)y;
  return high ? (Floats)vzip2q_f64(a, b) : (Floats)vzip1q_f64(a, b);
}
INLINE void transpose(Floats x[LANES]) {
  Floats even01 = (Floats)vtrn1q_f32((float32x4_t)x[0], (float32x4_t)x[1]), odd01 = (Floats)vtrn2q_f32((float32x4_t)x[0], (float32x4_t)x[1]);
  Floats even23 = (Floats)vtrn1q_f32((float32x4_t)x[2], (float32x4_t)x[3]), odd23 = (Floats)vtrn2q_f32((float32x4_t)x[2], (float32x4_t)x[3]);
  x[0] = pairs(even01, even23, 0);
  x[1] = pairs(odd01, odd23, 0);
  x[2] = pairs(even01, even23, 1);
  x[3] = pairs(odd01, odd23, 1);
}
/** Lane i: sumLanes(x[i]). */
INLINE Floats sumEach(const Floats x[LANES]) {
  Floats low = pairs(x[0], x[1], 0) + pairs(x[0], x[1], 1), high = pairs(x[2], x[3], 0) + pairs(x[2], x[3], 1);
  return pick(low, high, 0) + pick(low, high, 1);
}
#endif
