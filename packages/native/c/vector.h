// Vectors as wide as this variant's registers: LANES floats. Compiled once for each variant, so everything is static. The
// compiler must not contract x·y + z by itself (-ffp-contract=off): where the kernels of @ringformer/wasm round twice, these
// do too.
#pragma once
#include <stdint.h>
#include <string.h>

typedef float Floats __attribute__((vector_size(LANES * 4)));
typedef int32_t Ints __attribute__((vector_size(LANES * 4)));
typedef Floats LooseFloats __attribute__((aligned(4)));

#define INLINE static inline __attribute__((always_inline))

#if LANES == 16
#include <immintrin.h>
INLINE Floats fma_(Floats x, Floats y, Floats z) { return _mm512_fmadd_ps(x, y, z); }
INLINE Floats max_(Floats x, Floats y) { return _mm512_max_ps(x, y); }
INLINE Floats min_(Floats x, Floats y) { return _mm512_min_ps(x, y); }
INLINE Floats sqrt_(Floats x) { return _mm512_sqrt_ps(x); }
INLINE Floats nearest(Floats x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE Floats splat(float x) { return _mm512_set1_ps(x); }
/** The first `count` < LANES numbers, zeros after them. */
INLINE Floats loadPart(const float *from, int count) { return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from); }
INLINE void storePart(float *to, Floats x, int count) { _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), x); }
#elif LANES == 8
#include <immintrin.h>
INLINE Floats fma_(Floats x, Floats y, Floats z) { return _mm256_fmadd_ps(x, y, z); }
INLINE Floats max_(Floats x, Floats y) { return _mm256_max_ps(x, y); }
INLINE Floats min_(Floats x, Floats y) { return _mm256_min_ps(x, y); }
INLINE Floats sqrt_(Floats x) { return _mm256_sqrt_ps(x); }
INLINE Floats nearest(Floats x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE Floats splat(float x) { return _mm256_set1_ps(x); }
/** The first `count` < LANES numbers, zeros after them. */
INLINE Floats loadPart(const float *from, int count) {
  return _mm256_maskload_ps(from, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
}
INLINE void storePart(float *to, Floats x, int count) {
  _mm256_maskstore_ps(to, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), x);
}
#elif LANES == 4
#include <arm_neon.h>
INLINE Floats fma_(Floats x, Floats y, Floats z) { return (Floats)vfmaq_f32((float32x4_t)z, (float32x4_t)x, (float32x4_t)y); }
INLINE Floats max_(Floats x, Floats y) { return (Floats)vmaxq_f32((float32x4_t)x, (float32x4_t)y); }
INLINE Floats min_(Floats x, Floats y) { return (Floats)vminq_f32((float32x4_t)x, (float32x4_t)y); }
INLINE Floats sqrt_(Floats x) { return (Floats)vsqrtq_f32((float32x4_t)x); }
INLINE Floats nearest(Floats x) { return (Floats)vrndnq_f32((float32x4_t)x); }
INLINE Floats splat(float x) { return (Floats)vdupq_n_f32(x); }
#endif

#if LANES == 4
/** The first `count` < LANES numbers, zeros after them. */
INLINE Floats loadPart(const float *from, int count) {
  float x[LANES] = {0};
  memcpy(x, from, (size_t)count * 4);
  return *(const LooseFloats *)x;
}
INLINE void storePart(float *to, Floats x, int count) {
  float all[LANES];
  *(LooseFloats *)all = x;
  memcpy(to, all, (size_t)count * 4);
}
#endif

INLINE Floats load(const float *from) { return *(const LooseFloats *)from; }
INLINE void store(float *to, Floats x) { *(LooseFloats *)to = x; }
INLINE Floats choose(Ints mask, Floats yes, Floats no) { return (Floats)((mask & (Ints)yes) | (~mask & (Ints)no)); }
INLINE Floats abs_(Floats x) { return (Floats)((Ints)x & 0x7fffffff); }

/** The first `count` lanes of x, and `rest` in the others. */
INLINE Floats firstLanes(Floats x, int count, Floats rest) {
  Ints lane;
  for (int i = 0; i < LANES; i++) lane[i] = i;
  return choose(lane < count, x, rest);
}

/** Four floats, whatever the width of a register. */
typedef float Four __attribute__((vector_size(16)));

#if LANES >= 8
#define FOLD_(name, of512, of256, of128)                                                                               \
  INLINE Four name(Floats x) {                                                                                         \
    __m256 y = of512(x);                                                                                               \
    return of128(_mm256_castps256_ps128(y), _mm256_extractf128_ps(y, 1));                                              \
  }
#if LANES == 16
#define HALVES_(operation, x) operation(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1))
#else
#define HALVES_(operation, x) (x)
#endif
#define ADD_HALVES_(x) HALVES_(_mm256_add_ps, x)
#define MAX_HALVES_(x) HALVES_(_mm256_max_ps, x)
FOLD_(addToFour, ADD_HALVES_, _mm256_add_ps, _mm_add_ps)
FOLD_(maxToFour, MAX_HALVES_, _mm256_max_ps, _mm_max_ps)
#else
INLINE Four addToFour(Floats x) { return x; }
INLINE Four maxToFour(Floats x) { return x; }
#endif

/** The sum of all lanes, in pairs. */
INLINE float sumLanes(Floats x) {
  Four y = addToFour(x);
  return (y[0] + y[2]) + (y[1] + y[3]);
}

INLINE float larger(float x, float y) { return x > y ? x : y; }

INLINE float maxLanes(Floats x) {
  Four y = maxToFour(x);
  return larger(larger(y[0], y[2]), larger(y[1], y[3]));
}

/** Runs BODY for each vector from number FROM to END, with `i` and the numbers that LOAD and STORE read and write there. */
#define EACH_WITHIN(FROM, END, BODY)                                                                                   \
  {                                                                                                                    \
    long i = FROM, end_ = END;                                                                                         \
    for (; i + LANES <= end_; i += LANES) {                                                                            \
      enum { whole_ = 1 };                                                                                             \
      const int count = LANES;                                                                                         \
      (void)count;                                                                                                     \
      BODY                                                                                                             \
    }                                                                                                                  \
    if (i < end_) {                                                                                                    \
      enum { whole_ = 0 };                                                                                             \
      const int count = (int)(end_ - i);                                                                               \
      (void)count;                                                                                                     \
      BODY                                                                                                             \
    }                                                                                                                  \
  }
#define LOAD(from) (whole_ ? load((from) + i) : loadPart((from) + i, count))
#define STORE(to, value)                                                                                               \
  if (whole_) store((to) + i, value);                                                                                  \
  else storePart((to) + i, value, count)
/** `value` without the lanes after the last number. */
#define KEEP(value, rest) (whole_ ? (value) : firstLanes(value, count, rest))
