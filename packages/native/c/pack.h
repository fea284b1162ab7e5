// Copies of an operand's blocks in the order in which tiles read them. Strides in floats.
#pragma once
#include "transpose.h"

INLINE int least(int x, int y) { return x < y ? x : y; }

/**
 * Stores a vector at number i of row p of `rows` dense rows of `width`; beyond the row only if that is in the rows after it,
 * which are written later.
 */
INLINE void storeRow(float *to, Floats x, int p, int i, int rows, int width) {
  float *at = to + p * (long)width + i;
  if ((rows - p) * (long)width - i >= LANES) store(at, x);
  else storePart(at, x, least(LANES, width - i));
}

/**
 * `count` rows, `across` apart, as columns: to[p·width + i] = from[i·across + p·along] for p < k. Numbers from `count` up to
 * `width` are zeros; there are fewer than LANES of them.
 */
static void packStrip(const float *from, long across, long along, int count, int k, int width, float *to) {
  if (across == 1) {
    for (int p = 0; p < k; p++, from += along) {
      int i = 0;
      for (; i + LANES <= count; i += LANES) store(to + p * (long)width + i, load(from + i));
      if (i < count) storeRow(to, loadPart(from + i, count - i), p, i, k, width);
    }
    return;
  }
  int p = 0;
  if (along == 1) {
    for (; p + LANES <= k; p += LANES) {
      // from the end: what a vector writes beyond its row is overwritten by the rows after it and by the vectors before it
      for (int i = (width - 1) / LANES * LANES; i >= 0; i -= LANES) {
        Floats x[LANES];
        for (int r = 0; r < LANES; r++) x[r] = i + r < count ? load(from + (i + r) * across + p) : splat(0);
        transpose(x);
        for (int q = 0; q < LANES; q++) storeRow(to, x[q], p + q, i, k, width);
      }
    }
  }
  for (; p < k; p++) {
    for (int i = 0; i < width; i++) to[p * (long)width + i] = i < count ? from[i * across + p * along] : 0;
  }
}
