// Copies of an operand's blocks in the order in which tiles read them. Strides in floats.
#pragma once
#include "transpose.h"

/** Numbers that packed data may be written beyond its end. */
enum { PACK_SLACK = LANES };

/**
 * `count` rows, `across` apart, as columns: to[p·width + i] = from[i·across + p·along] for p < k. Numbers from `count` up to
 * `width` are zeros if there is a whole vector of room for them; with count = width the columns are dense, and as many
 * numbers as PACK_SLACK beyond the end are overwritten.
 */
INLINE void packStrip(const float *from, long across, long along, int count, int k, int width, float *to) {
  if (across == 1) {
    for (int p = 0; p < k; p++, from += along, to += width) {
      int i = 0;
      for (; i + LANES <= count; i += LANES) store(to + i, load(from + i));
      if (i < count) store(to + i, loadPart(from + i, count - i));
      for (i += i < count ? LANES : 0; i < width; i += LANES) store(to + i, splat(0));
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
        for (int q = 0; q < LANES; q++) store(to + (p + q) * (long)width + i, x[q]);
      }
    }
  }
  for (; p < k; p++) {
    for (int i = 0; i < width; i++) to[p * (long)width + i] = i < count ? from[i * across + p * along] : 0;
  }
}
