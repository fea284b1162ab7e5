// Products with int8 weights [N/16][K/4][16][4]. Inputs are quantised to 14 bits, split into two bytes of 7 bits, so that sums
// of products with int8 are exact on every processor and equal to those of the WebAssembly engine.
#pragma once
#include "engine-product.h"

/** Sums of four products of unsigned 7-bit x and signed 8-bit w are added to each lane. */
#if LANES == 16
typedef __m512i Bytes;
INLINE Bytes loadBytes(const void *from) { return _mm512_loadu_si512(from); }
INLINE Bytes splatBytes(const uint8_t *four) {
  int32_t x;
  memcpy(&x, four, 4);
  return _mm512_set1_epi32(x);
}
#if defined(__AVX512VNNI__)
INLINE Ints dot(Ints sum, Bytes x, Bytes w) { return (Ints)_mm512_dpbusd_epi32((__m512i)sum, x, w); }
#else
INLINE Ints dot(Ints sum, Bytes x, Bytes w) {
  return sum + (Ints)_mm512_madd_epi16(_mm512_maddubs_epi16(x, w), _mm512_set1_epi16(1));
}
#endif
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
  /** Panels of a tile of one row. */
  ONE_PANELS = 4 / PANEL,
};

/** As large as possible such that the sum of k products with 127 fits 32 bits. */
INLINE int topOf(int k) {
  int most = 16909320 / k;
  return most < 8191 ? most : 8191;
}

/**
 * One row as integers from −top to top plus 8192, in fours: upper bytes, then lower bytes, the next `step` bytes after them.
 */
static void quantise(const float *x, int k, uint8_t *to, Index step, float *scale) {
  Floats most = splat(0);
  for (int p = 0; p < k; p += LANES) most = max_(most, abs_(load(x + p)));
  float largest = maxLanes(most), top = (float)topOf(k);
  *scale = largest / top;
  Floats factor = splat(largest > 0 ? top / largest : 0);
  for (int p = 0; p < k; p += LANES) {
    Ints q = __builtin_convertvector(nearest(load(x + p) * factor), Ints) + 8192;
#if LANES == 16
    __m128i upper = _mm512_cvtepi32_epi8((__m512i)(q >> 7)), lower = _mm512_cvtepi32_epi8((__m512i)(q & 127));
    __m128i first = _mm_unpacklo_epi32(upper, lower), second = _mm_unpackhi_epi32(upper, lower);
    _mm_storel_epi64((void *)to, first);
    _mm_storeh_pd((double *)(to + step), (__m128d)first);
    _mm_storel_epi64((void *)(to + 2 * step), second);
    _mm_storeh_pd((double *)(to + 3 * step), (__m128d)second);
    to += 4 * step;
#else
    for (int i = 0; i < LANES; i += 4, to += step)
      for (int byte = 0; byte < 4; byte++) {
        to[byte] = (uint8_t)(q[i + byte] >> 7);
        to[byte + 4] = (uint8_t)(q[i + byte] & 127);
      }
#endif
  }
}

INLINE int byteTiles(int rows) { return (rows + BYTE_ROWS - 1) / BYTE_ROWS; }

/** All rows for tiles: [tiles][K/4][rows of the tile][8]. */
static void packBytes(const float *a, Index aRow, int rows, int k, uint8_t *to, float *scales) {
  int tiles = byteTiles(rows);
  for (int t = 0; t < tiles; t++) {
    int r0 = tileFrom(rows, tiles, t), count = tileFrom(rows, tiles, t + 1) - r0;
    for (int i = 0; i < count; i++)
      quantise(a + (r0 + i) * aRow, k, to + (Index)2 * r0 * k + 8 * i, 8 * count, scales + r0 + i);
  }
}

typedef Ints LooseInts __attribute__((aligned(4)));

/** Sums of the upper and of the lower bytes of R packed rows with P panels of 16 columns. */
INLINE void tileBytes(const int R, const int P, int k, const uint8_t *x, const int8_t *w, Index next, int32_t *to) {
  Ints upper[BYTE_ROWS][4], lower[BYTE_ROWS][4];
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < P * PANEL; v++) upper[i][v] = lower[i][v] = (Ints){0};
  for (int p = 0; p < k; p += 4, w += 64, x += 8 * R) {
    Bytes b[4];
    if (R == 1) // the next panels: too short a stream for the processor to foresee
#pragma GCC unroll 4
      for (int v = 0; v < P * PANEL; v++)
        __builtin_prefetch(w + P * next + v / PANEL * next + v % PANEL * LANES * 4);
#pragma GCC unroll 4
    for (int v = 0; v < P * PANEL; v++) b[v] = loadBytes(w + v / PANEL * next + v % PANEL * LANES * 4);
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
      Bytes high = splatBytes(x + 8 * i), low = splatBytes(x + 8 * i + 4);
#pragma GCC unroll 4
      for (int v = 0; v < P * PANEL; v++) {
        upper[i][v] = dot(upper[i][v], high, b[v]);
        lower[i][v] = dot(lower[i][v], low, b[v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < P * PANEL; v++, to += 2 * LANES) {
      *(LooseInts *)to = upper[i][v];
      *(LooseInts *)(to + LANES) = lower[i][v];
    }
}

/** The sums of `rows` rows of `columns` columns from j on, as numbers, into C. */
static void finishBytes(const uint8_t *memory, const Linear *linear, const int32_t *sums, const float *scales, int rows,
                        int j, int columns, float *c, Index cRow, Finish finish) {
  const float *unit = (const float *)(memory + linear->scale) + j;
  const float *bias = linear->bias ? (const float *)(memory + linear->bias) + j : NULL;
  const int32_t *offsets = (const int32_t *)(memory + linear->sums) + j;
  for (int i = 0; i < rows; i++, c += cRow)
    for (int v = 0; v < columns; v += LANES, sums += 2 * LANES) {
      Ints upper = *(const LooseInts *)sums, lower = *(const LooseInts *)(sums + LANES);
      Ints sum = ((upper - (*(const LooseInts *)(offsets + v) << 6)) << 7) + lower;
      Floats y = __builtin_convertvector(sum, Floats) * (splat(scales[i]) * load(unit + v));
      if (finish == ADD) y = load(c + v) + y;
      else if (bias) y = load(bias + v) + y;
      store(c + v, finish == GELU ? geluOf(y) : y);
    }
}

static void productBytes(const uint8_t *memory, const Linear *linear, const Inputs *in, float *c, Index cRow, int from, int to,
                         Finish finish) {
  int k = in->k, tiles = byteTiles(in->rows);
  Index panel = (Index)16 * k;
  const int8_t *weights = (const int8_t *)(memory + linear->weights);
  int32_t sums[BYTE_ROWS * 4 * 2 * LANES] __attribute__((aligned(64)));
  for (int j = from, columns; j < to; j += columns) {
    const int8_t *w = weights + (j >> 4) * panel;
    int panels = (to - j) / 16;
    columns = in->rows == 1 && panels >= ONE_PANELS ? 16 * ONE_PANELS : panels >= BYTE_PANELS ? 16 * BYTE_PANELS : 16;
    for (int t = 0; t < tiles; t++) {
      int r0 = tileFrom(in->rows, tiles, t), rows = tileFrom(in->rows, tiles, t + 1) - r0;
      const uint8_t *x = in->bytes + (Index)2 * r0 * k;
      if (columns == 16 * ONE_PANELS && rows == 1) tileBytes(1, ONE_PANELS, k, x, w, panel, sums); // reads weights only
      else {
#define ROWS(P)                                                                                                        \
  switch (rows) {                                                                                                      \
  case 1: tileBytes(1, P, k, x, w, panel, sums); break;                                                                \
  case 2: tileBytes(2, P, k, x, w, panel, sums); break;                                                                \
  case 3: tileBytes(BYTE_ROWS >= 3 ? 3 : 1, P, k, x, w, panel, sums); break;                                           \
  case 4: tileBytes(BYTE_ROWS >= 4 ? 4 : 1, P, k, x, w, panel, sums); break;                                           \
  case 5: tileBytes(BYTE_ROWS >= 5 ? 5 : 1, P, k, x, w, panel, sums); break;                                           \
  case 6: tileBytes(BYTE_ROWS >= 6 ? 6 : 1, P, k, x, w, panel, sums); break;                                           \
  }
        if (columns == 16) ROWS(1)
        else ROWS(BYTE_PANELS)
#undef ROWS
      }
      finishBytes(memory, linear, sums, in->scales + r0, rows, j, columns, c + r0 * cRow + j, cRow, finish);
    }
  }
}
