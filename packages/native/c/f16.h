// Products of operands rounded to float16 (to the nearest, ties to even), where the processor adds products of 32 of them at once
// in float16. Two things make that about as exact as sums in f32 of numbers in bfloat16. Each operand is scaled by a power of
// two, so that its largest number lies below 2^TOP: nothing overflows, and numbers that are up to 2^17 times smaller keep all their
// bits. And only CHUNK steps along k are summed in float16; the sums of chunks are f32. What it costs: products of two numbers that
// are small in both operands fall below float16's range, and a sum of one sign loses addends below half a unit of its last place.
// Strides in floats.
#pragma once
#include "pack.h"
#include "tile.h"

enum {
  /** CHUNK products of two numbers below 2^TOP stay below the largest float16, 65504. */
  CHUNK = 64,
  TOP = 4,
  /** Operands whose largest number is beyond 2^±FAR are multiplied in f32. */
  FAR = 60,
};

#if defined(__AVX512FP16__)
enum { HAS_HALVES = 1 };

/** Stores the first `count` of 16 numbers as float16. */
INLINE void storeHalves(_Float16 *to, Floats x, int count) {
  __m256i halves = (__m256i)_mm512_cvtxps_ph(x);
  if (count >= LANES) _mm256_storeu_si256((__m256i *)to, halves);
  else _mm256_mask_storeu_epi16(to, (__mmask16)((1u << count) - 1), halves);
}

/** packStrip for float16, times `scale`: half p·width + i of `to`; after an odd k there is a row of zeros. */
static void packHalves(const float *from, long across, long along, int count, int k, int width, float scale, float *to) {
  _Float16 *halves = (_Float16 *)to;
  Floats by = splat(scale);
  for (int i = 0; i < width; i += LANES) {
    int live = least(LANES, count - i), wide = width - i;
    if (across == 1) {
      for (int p = 0; p < k; p++) {
        const float *row = from + i + p * along;
        storeHalves(halves + p * (long)width + i, (live == LANES ? load(row) : loadPart(row, live)) * by, wide);
      }
    } else {
      for (int p = 0; p < k; p += LANES) {
        int steps = least(LANES, k - p);
        Floats x[LANES];
        for (int r = 0; r < LANES; r++) {
          const float *row = from + (i + r) * across + p;
          x[r] = r >= live ? splat(0) : (steps == LANES ? load(row) : loadPart(row, steps)) * by;
        }
        transpose(x);
        for (int q = 0; q < steps; q++) storeHalves(halves + (p + q) * (long)width + i, x[q], wide);
      }
    }
    if (k % 2) storeHalves(halves + k * (long)width + i, splat(0), wide);
  }
}

/** As `tile`, for packed halves: A's columns of `rows`, B's rows of `vectors`·LANES. `pairs`: half of the steps along k. */
INLINE void halfTile(const int rows, const int vectors, int pairs, const _Float16 *a, const _Float16 *b, float *c, long cRow,
                     const Ends *ends) {
  Sums sum;
  if (ends->last == LANES) begin(rows, vectors, 1, sum, c, cRow, ends);
  else begin(rows, vectors, 0, sum, c, cRow, ends);
  Floats back = splat(ends->unscale);
  while (pairs > 0) {
    int steps = 2 * least(pairs, CHUNK / 2);
    pairs -= CHUNK / 2;
    if (vectors == 2) {
      __m512h part[TILE_ROWS];
      for (int r = 0; r < rows; r++) part[r] = _mm512_setzero_ph();
      for (; steps; steps--, a += rows, b += 2 * LANES) {
        __m512h row = _mm512_loadu_ph(b);
        __builtin_prefetch(b + 16 * LANES);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) part[r] = _mm512_fmadd_ph(_mm512_set1_ph(a[r]), row, part[r]);
      }
#pragma GCC unroll 16
      for (int r = 0; r < rows; r++) {
        __m512i both = (__m512i)part[r];
        sum[r][0] = fma_((Floats)_mm512_cvtxph_ps((__m256h)_mm512_castsi512_si256(both)), back, sum[r][0]);
        sum[r][vectors - 1] =
            fma_((Floats)_mm512_cvtxph_ps((__m256h)_mm512_extracti64x4_epi64(both, 1)), back, sum[r][vectors - 1]);
      }
    } else {
      __m256h part[TILE_ROWS];
      for (int r = 0; r < rows; r++) part[r] = _mm256_setzero_ph();
      for (; steps; steps--, a += rows, b += LANES) {
        __m256h row = _mm256_loadu_ph(b);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) part[r] = _mm256_fmadd_ph(_mm256_set1_ph(a[r]), row, part[r]);
      }
#pragma GCC unroll 16
      for (int r = 0; r < rows; r++) sum[r][0] = fma_((Floats)_mm512_cvtxph_ps(part[r]), back, sum[r][0]);
    }
  }
  if (ends->last == LANES) finish(rows, vectors, 1, sum, c, cRow, ends);
  else finish(rows, vectors, 0, sum, c, cRow, ends);
}

#define HALF(rows, vectors)                                                                                            \
  static void halves##rows##x##vectors(int k, const float *a, long aRow, long aColumn, const float *b, long bRow,      \
                                       float *c, long cRow, const Ends *ends) {                                        \
    (void)aRow, (void)aColumn, (void)bRow;                                                                             \
    halfTile(rows, vectors, k, (const _Float16 *)a, (const _Float16 *)b, c, cRow, ends);                               \
  }
EACH_HEIGHT(HALF, 1)
EACH_HEIGHT(HALF, 2)
#define HALF_NAME(rows, vectors) halves##rows##x##vectors,
static Tile *const HALF_TILES[TILE_VECTORS][TILE_ROWS] = {{EACH_HEIGHT(HALF_NAME, 1)}, {EACH_HEIGHT(HALF_NAME, 2)}};
#else
enum { HAS_HALVES = 0 };
#endif
