// Products whose operands both lie along the depth, one of them with few rows: sums of each lane, then of the lanes. The order
// of an element's sums depends on the depth only.
#pragma once
#include "transpose.h"

#if LANES == 8
enum { DOT_ROWS = 4, DOT_COLUMNS = 2, DOT_WIDE = 8 };
#elif LANES == 4
enum { DOT_ROWS = 4, DOT_COLUMNS = 4, DOT_WIDE = 8 };
#else
enum { DOT_ROWS = 4, DOT_COLUMNS = 4, DOT_WIDE = 16 };
#endif

/** Rows of A against rows of B; bias: a number for each column, biasStep apart, or NULL. */
INLINE void dotTile(const int rows, const int columns, int k, const float *a, long aRow, const float *b, long bRow, float *c,
                    long cRow, const float *bias, int biasStep) {
  enum { MOST = 16 };
  Floats sum[MOST];
  for (int i = 0; i < MOST; i++) sum[i] = splat(0);
  int p = 0;
  for (; p + LANES <= k; p += LANES) {
    Floats x[DOT_ROWS];
    for (int r = 0; r < rows; r++) x[r] = load(a + r * aRow + p);
    for (int j = 0; j < columns; j++) {
      Floats y = load(b + j * bRow + p);
      for (int r = 0; r < rows; r++) sum[r * columns + j] = fma_(x[r], y, sum[r * columns + j]);
    }
  }
  if (p < k) {
    Floats x[DOT_ROWS];
    for (int r = 0; r < rows; r++) x[r] = loadPart(a + r * aRow + p, k - p);
    for (int j = 0; j < columns; j++) {
      Floats y = loadPart(b + j * bRow + p, k - p);
      for (int r = 0; r < rows; r++) sum[r * columns + j] = fma_(x[r], y, sum[r * columns + j]);
    }
  }
  float out[MOST];
  if (rows * columns == 1) out[0] = sumLanes(sum[0]);
  else
    for (int i = 0; i < rows * columns; i += LANES) store(out + i, sumEach(sum + i));
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < columns; j++) c[r * cRow + j] = bias ? out[r * columns + j] + bias[j * biasStep] : out[r * columns + j];
}

#define DOT(rows, columns)                                                                                             \
  static void dot##rows##x##columns(int k, const float *a, long aRow, const float *b, long bRow, float *c, long cRow,  \
                                    const float *bias, int biasStep) {                                                 \
    dotTile(rows, columns, k, a, aRow, b, bRow, c, cRow, bias, biasStep);                                              \
  }
typedef void Dot(int k, const float *a, long aRow, const float *b, long bRow, float *c, long cRow, const float *bias,
                 int biasStep);
#define DOT_NAME_(rows, columns) dot##rows##x##columns
#define DOT_NAME(rows, columns) DOT_NAME_(rows, columns)
DOT(1, 1) DOT(2, 1) DOT(3, 1) DOT(4, 1)
#if LANES == 8
DOT(1, 2) DOT(2, 2) DOT(3, 2) DOT(4, 2) DOT(1, 8)
static Dot *const DOT_BLOCKS[] = {dot1x2, dot2x2, dot3x2, dot4x2};
static Dot *const DOT_WHOLE = dot1x8;
#else
DOT(1, 4) DOT(2, 4) DOT(3, 4) DOT(4, 4)
static Dot *const DOT_BLOCKS[] = {dot1x4, dot2x4, dot3x4, dot4x4};
#if LANES == 4
DOT(1, 8)
static Dot *const DOT_WHOLE = dot1x8;
#else
DOT(1, 16)
static Dot *const DOT_WHOLE = dot1x16;
#endif
#endif
static Dot *const DOT_LINES[] = {dot1x1, dot2x1, dot3x1, dot4x1};

/** Rows i0 … i1, columns j0 … j1 of C[i,j] = Σ a[i·aRow + p]·b[j·bRow + p] (+ bias). */
static void dotBlock(int k, const float *a, long aRow, const float *b, long bRow, float *c, long cRow, const float *bias,
                     int biasStep, int i0, int i1, int j0, int j1) {
#define AT(i, j) k, a + (i) * aRow, aRow, b + (j) * bRow, bRow, c + (i) * cRow + (j), cRow, bias ? bias + (j) * biasStep : NULL, biasStep
  int j = j0;
  if (i1 - i0 == 1)
    for (; j + DOT_WIDE <= j1; j += DOT_WIDE) DOT_WHOLE(AT(i0, j));
  while (j < j1) {
    int columns = j + DOT_COLUMNS <= j1 ? DOT_COLUMNS : 1;
    Dot *const *dots = columns == 1 ? DOT_LINES : DOT_BLOCKS;
    for (int i = i0; i < i1; i += DOT_ROWS) {
      int rows = i1 - i < DOT_ROWS ? i1 - i : DOT_ROWS;
      dots[rows - 1](AT(i, j));
    }
    j += columns;
  }
#undef AT
}
