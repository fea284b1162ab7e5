// Operations on rows between products. D is the padded width of a row, d the real one; a norm is its gain [D] and its bias [D].
#pragma once
#include "functions.h"

/** x += y */
INLINE void addRow(float *x, const float *y, int D) {
  for (int p = 0; p < D; p += LANES) store(x + p, load(x + p) + load(y + p));
}

/** y = LN(x), biased variance; the padding after d stays zero. */
static void normRow(const float *x, float *y, const float *gain, int d, int D, float epsilon) {
  Floats sum = splat(0), squares = splat(0);
  for (int p = 0; p < D; p += LANES) sum += load(x + p);
  float mean = sumLanes(sum) / (float)d;
  Floats means = splat(mean);
  for (int p = 0; p < D; p += LANES) {
    Floats t = load(x + p) - means;
    squares = fma_(t, t, squares);
  }
  float variance = (sumLanes(squares) - (float)(D - d) * mean * mean) / (float)d;
  Floats factor = splat(1 / sqrt_(splat(variance + epsilon))[0]);
  const float *bias = gain + D;
  for (int p = 0; p < D; p += LANES) {
    Floats unit = (load(x + p) - means) * factor;
    store(y + p, fma_(unit, load(gain + p), load(bias + p)));
  }
}
