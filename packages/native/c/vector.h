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
#elif LANES == 4
#include <arm_neon.h>
INLINE Floats fma_(Floats x, Floats y, Floats z) { return (Floats)vfmaq_f32((float32x4_t)z, (float32x4_t)x, (float32x4_t)y); }
INLINE Floats max_(Floats x, Floats y) { return (Floats)vmaxq_f32((float32x4_t)x, (float32x4_t)y); }
INLINE Floats min_(Floats x, Floats y) { return (Floats)vminq_f32((float32x4_t)x, (float32x4_t)y); }
INLINE Floats sqrt_(Floats x) { return (Floats)vsqrtq_f32((float32x4_t)x); }
INLINE Floats nearest(Floats x) { return (Floats)vrndnq_f32((float32x4_t)x); }
INLINE Floats splat(float x) { return (Floats)vdupq_n_f32(x); }
#endif

#if LANES != 16
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

/** The sum of all lanes, in pairs. */
INLINE float sumLanes(Floats x) {
  float part[LANES];
  store(part, x);
  for (int width = LANES / 2; width; width /= 2)
    for (int i = 0; i < width; i++) part[i] += part[i + width];
  return part[0];
}
INLINE float maxLanes(Floats x) {
  float most = x[0];
  for (int i = 1; i < LANES; i++) most = x[i] > most ? x[i] : most;
  return most;
}
