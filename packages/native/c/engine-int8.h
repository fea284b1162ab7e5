// Products with int8 weights [N/16][K/4][16][4]. Inputs are quantised to 14 bits, split into two bytes of 7 bits, so that sums
// of products with int8 are exact on every processor and equal to those of the WebAssembly engine.
#pragma once
#include "engine-product.h"

/** Sums of four products of unsigned 7-bit x and signed 8-bit w are added to each lane. */
#if defined(__AVX512VNNI__)
typedef __m512i Bytes;
INLINE Bytes loadBytes(const void *from) { return _mm512_loadu_si512(from); }
INLINE Bytes splatBytes(const uint8_t *four) {
  int32_t x;
  memcpy(&x, four, 4);
  return _mm512_set1_epi32(x);
}
INLINE Ints dot(Ints sum, Bytes x, Bytes w) { return (Ints)_mm512_dpbusd_epi32((__m512i)sum, x, w); }
#elif LANES == 16
typedef __m512i Bytes;
INLINE Bytes loadBytes(const void *from) { return _mm512_loadu_si512(from); }
INLINE Bytes splatBytes(const uint8_t *four) {
  int32_t x;
  memcpy(&x, four, 4);
  return _mm512_set1_epi32(x);
}
INLINE Ints dot(Ints sum, Bytes x, Bytes w) {
  return sum + (Ints)_mm512_madd_epi16(_mm512_maddubs_epi16(x, w), _mm512_set1_epi16(1));
}
#elif LANES == 8
typedef __m256i Bytes;
INLINE Bytes loadBytes(const void *from) { return _mm256_loadu_si256(from); }
INLINE Bytes splatBytes(const uint8_t *four) {
  int32_t x;
  memcpy(&x, four, 4);
  return _mm256_set1_epi32(x);
}
INLINE Ints dot(Ints sum, Bytes x, Bytes w) {
  return sum + (Ints)_mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1));
}
#else
typedef int8x16_t Bytes;
INLINE Bytes loadBytes(const void *from) { return vld1q_s8(from); }
INLINE Bytes splatBytes(const uint8_t *four) {
  int32_t x;
  memcpy(&x, four, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(x));
}
#if defined(__ARM_FEATURE_DOTPROD)
INLINE Ints dot(Ints sum, Bytes x, Bytes w) { return (Ints)vdotq_s32((int32x4_t)sum, x, w); }
#else
INLINE Ints dot(Ints sum, Bytes x, Bytes w) {
  int16x8_t low = vmull_s8(vget_low_s8(x), vget_low_s8(w)), high = vmull_high_s8(x, w);
  return sum + (Ints)vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
}
#endif
#endif

enum {
  /** Vectors of a panel of 16 columns. */
  PANEL = 16 / LANES,
  /** Rows and panels of a tile: with two sums for each number they fill the registers. */
  BYTE_ROWS = LANES == 16 ? 6 : LANES == 8 ? 3 : 2,
  BYTE_PANELS = LANES == 16 ? 2 : 1,
};

/** As large as possible such that the sum of k products with 127 fits 32 bits. */
INLINE int topOf(int k) {
  int most = 16909320 / k;
  return most < 8191 ? most : 8191;
}

/** One row as integers from −top to top plus 8192: upper bytes to[k], lower bytes to[k]. */
static void quantise(const float *x, int k, uint8_t *to, float *scale) {
  Floats most = splat(0);
  for (int p = 0; p < k; p += LANES) {
    Floats next = abs_(load(x + p));
    most = max_(most, next);
  }
  float largest = maxLanes(most), top = (float)topOf(k);
  *scale = largest / top;
  Floats factor = splat(largest > 0 ? top / largest : 0);
  for (int p = 0; p < k; p += LANES) {
    Ints q = __builtin_convertvector(nearest(load(x + p) * factor), Ints) + 8192;
#if LANES == 16
    _mm_storeu_si128((void *)(to + p), _mm512_cvtepi32_epi8((__m512i)(q >> 7)));
    _mm_storeu_si128((void *)(to + k + p), _mm512_cvtepi32_epi8((__m512i)(q & 127)));
#else
    for (int i = 0; i < LANES; i++) {
      to[p + i] = (uint8_t)(q[i] >> 7);
      to[k + p + i] = (uint8_t)(q[i] & 127);
    }
#endif
  }
}

/** C[R, P panels of 16 columns] from rows of bytes, 2k apart. */
INLINE void tileBytes(const int R, const int P, int k, const uint8_t *x, const float *scales, const int8_t *w, long next,
                      const uint8_t *memory, const Linear *linear, int j, float *c, long cRow, Finish finish) {
  Ints upper[BYTE_ROWS][4], lower[BYTE_ROWS][4];
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < P * PANEL; v++) upper[i][v] = lower[i][v] = (Ints){0};
  for (int p = 0; p < k; p += 4, w += 64, x += 4) {
    Bytes b[4];
#pragma GCC unroll 4
    for (int v = 0; v < P * PANEL; v++) b[v] = loadBytes(w + v / PANEL * next + v % PANEL * LANES * 4);
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
      Bytes high = splatBytes(x + 2l * i * k), low = splatBytes(x + 2l * i * k + k);
#pragma GCC unroll 4
      for (int v = 0; v < P * PANEL; v++) {
        upper[i][v] = dot(upper[i][v], high, b[v]);
        lower[i][v] = dot(lower[i][v], low, b[v]);
      }
    }
  }
  typedef Ints LooseInts __attribute__((aligned(4)));
  const float *unit = (const float *)(memory + linear->scale) + j;
  const float *bias = linear->bias ? (const float *)(memory + linear->bias) + j : NULL;
  const int32_t *sums = (const int32_t *)(memory + linear->sums) + j;
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < P * PANEL; v++) {
      int at = v * LANES;
      float *to = c + i * cRow + at;
      Ints sum = ((upper[i][v] - (*(const LooseInts *)(sums + at) << 6)) << 7) + lower[i][v];
      Floats y = __builtin_convertvector(sum, Floats) * (splat(scales[i]) * load(unit + at));
      if (finish == ADD) y = load(to) + y;
      else if (bias) y = load(bias + at) + y;
      store(to, finish == GELU ? geluOf(y) : y);
    }
}

static void productBytes(const uint8_t *memory, const Linear *linear, const Inputs *in, float *c, long cRow, int from, int to,
                         Finish finish) {
  int k = in->k;
  long panel = 16l * k;
  const int8_t *weights = (const int8_t *)(memory + linear->weights);
#define AT(i) k, in->bytes + 2l * (i) * k, in->scales + (i), w, panel, memory, linear, j, c + (i) * cRow + j, cRow, finish
  for (int j = from, columns; j < to; j += columns) {
    const int8_t *w = weights + (j >> 4) * panel;
    if (in->rows == 1 && j + 16 * (4 / PANEL) <= to) { // one row: as fast as weights are read
      columns = 16 * (4 / PANEL);
      tileBytes(1, 4 / PANEL, AT(0));
      continue;
    }
    int i = 0;
    if (j + 16 * BYTE_PANELS <= to) {
      columns = 16 * BYTE_PANELS;
      for (; i + BYTE_ROWS <= in->rows; i += BYTE_ROWS) tileBytes(BYTE_ROWS, BYTE_PANELS, AT(i));
      switch (in->rows - i) {
      case 1: tileBytes(1, BYTE_PANELS, AT(i)); break;
      case 2: tileBytes(2, BYTE_PANELS, AT(i)); break;
#if LANES == 16
      case 3: tileBytes(3, BYTE_PANELS, AT(i)); break;
      case 4: tileBytes(4, BYTE_PANELS, AT(i)); break;
      case 5: tileBytes(5, BYTE_PANELS, AT(i)); break;
#endif
      }
    } else {
      columns = 16;
      for (; i + BYTE_ROWS <= in->rows; i += BYTE_ROWS) tileBytes(BYTE_ROWS, 1, AT(i));
      for (; i < in->rows; i++) tileBytes(1, 1, AT(i));
    }
  }
#undef AT
}
