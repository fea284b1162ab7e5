// Operands rounded to bfloat16 (to the nearest, ties to even) while they are packed: two steps along k in each word, the first
// in the low half. Strides in floats.
#pragma once
#include "pack.h"

/** What processors multiply two pairs at a time. */
#if defined(__AVX512BF16__)
enum { HAS_PAIRS = 1 };

/** The bits of 16 numbers in bfloat16, in the low halves of 16 words. */
INLINE __m512i halvesOf(Floats x) { return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x)); }

/** packStrip for pairs: to[q·width + i] holds p = 2q and 2q + 1; after an odd k there is a zero. */
static void packPairs(const float *from, long across, long along, int count, int k, int width, float *to) {
  int pairs = (k + 1) / 2;
  if (across == 1) {
    for (int q = 0; q < pairs; q++, from += 2 * along) {
      for (int i = 0; i < count; i += LANES) {
        int live = least(LANES, count - i);
        Floats low = loadPart(from + i, live), high = 2 * q + 1 < k ? loadPart(from + along + i, live) : splat(0);
        __m512i words = _mm512_or_si512(halvesOf(low), _mm512_slli_epi32(halvesOf(high), 16));
        storeRow(to, (Floats)words, q, i, pairs, width);
      }
    }
    return;
  }
  for (int p = 0; p < k; p += 2 * LANES) {
    int first = least(LANES, k - p), second = k - p - first < LANES ? k - p - first : LANES;
    for (int i = (width - 1) / LANES * LANES; i >= 0; i -= LANES) {
      Floats x[LANES];
      for (int r = 0; r < LANES; r++) {
        const float *row = from + (i + r) * across + p * along;
        x[r] = i + r < count ? (Floats)_mm512_cvtne2ps_pbh(loadPart(row + LANES * (second > 0), second), loadPart(row, first))
                             : splat(0);
      }
      transpose(x);
      for (int q = 0; q < (first + second + 1) / 2; q++) storeRow(to, x[q], p / 2 + q, i, pairs, width);
    }
  }
}
#else
enum { HAS_PAIRS = 0 };
static void packPairs(const float *from, long across, long along, int count, int k, int width, float *to) {
  (void)from, (void)across, (void)along, (void)count, (void)k, (void)width, (void)to;
}
#endif
