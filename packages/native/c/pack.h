// Copies of an operand's blocks in the order in which tiles read them. Strides in floats.
#pragma once
#include "transpose.h"

/** Stores a vector at number i of a row of `width`; beyond the row only if another row follows, which is written later. */
INLINE void storeRow(float *row, Floats x, int i, int width, int isLast) {
  if (isLast && i + LANES > width) storePart(row + i, x, width - i);
  else store(row + i, x);
}

/**
 * `count` rows, `across` apart, as columns: to[p·width + i] = from[i·across + p·along] for p < k. Numbers from `count` up to
 * `width` are zeros; there are fewer than LANES of them.
 */
static void packStrip(const float *from, long across, long along, int count, int k, int width, float *to) {
  if (across == 1) {
    for (int p = 0; p < k; p++, from += along, to += width) {
      int i = 0;
      for (; i + LANES <= count; i += LANES) store(to + i, load(from + i));
      if (i < count) storeRow(to, loadPart(from + i, count - i), i, width, p == k - 1);
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
        for (int q = 0; q < LANES; q++) storeRow(to + (p + q) * (long)width, x[q], i, width, p + q == k - 1);
      }
    }
  }
  for (; p < k; p++) {
    for (int i = 0; i < width; i++) to[p * (long)width + i] = i < count ? from[i * across + p * along] : 0;
  }
}
