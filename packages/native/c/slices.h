// Products of small matrices that are slices of larger ones, such as the heads of attention. Strides in floats.
#pragma once
#include "dot.h"
#include "pack.h"
#include "tile.h"

typedef struct {
  const float *at;
  /** From one row to the next, and from one number of a row to the next. */
  long row, column;
} Left;

/** `m` rows of a few vectors of C = scale·A·B; of the last vector, `last` numbers. */
static void sliceColumns(int m, int vectors, int k, Left a, const float *b, long bRow, float *c, long cRow, float scale,
                         int last) {
  const Ends ends = {.last = last, .scaled = 1, .scale = scale};
  const int64_t heights = (m + PLACE_ROWS - 1) / PLACE_ROWS;
  for (int64_t h = 0; h < heights; h++) {
    const long from = (long)(m * h / heights), rows = (long)(m * (h + 1) / heights) - from;
    PLACE_TILES[vectors - 1][rows - 1](k, a.at + from * a.row, a.row, a.column, b, bRow, c + from * cRow, cRow, &ends);
  }
}

/** `count` floats in whole vectors. */
INLINE long padded(int count) { return ((long)count + LANES - 1) / LANES * LANES; }

/** Floats of working space for `sliceProduct`. */
INLINE size_t sliceSpace(int n, int k) { return n < LANES ? (size_t)k * LANES : 0; }

/** One row of a few vectors of C, as `chains` sums side by side: a single one waits for each addition. */
INLINE void rowChains(const int vectors, const int chains, int k, Left a, const float *b, long bRow, float *c, float scale) {
  Floats sums[4][4];
  for (int u = 0; u < chains; u++)
    for (int v = 0; v < vectors; v++) sums[u][v] = splat(0);
  int p = 0;
  for (; p + chains <= k; p += chains)
    for (int u = 0; u < chains; u++, a.at += a.column, b += bRow)
      for (int v = 0; v < vectors; v++) sums[u][v] = fma_(splat(*a.at), load(b + v * LANES), sums[u][v]);
  for (; p < k; p++, a.at += a.column, b += bRow)
    for (int v = 0; v < vectors; v++) sums[0][v] = fma_(splat(*a.at), load(b + v * LANES), sums[0][v]);
  for (int v = 0; v < vectors; v++) {
    Floats sum = sums[0][v] + sums[1][v];
    if (chains == 4) sum += sums[2][v] + sums[3][v];
    store(c + v * LANES, sum * splat(scale));
  }
}

/**
 * One row of C, n ≥ LANES. The last vector begins early enough to be a whole one: some columns may be computed twice, the
 * second time as they stay.
 */
static void sliceRow(int n, int k, Left a, const float *b, long bRow, float *c, float scale) {
  int j = 0;
  for (; n - j >= 4 * LANES; j += 4 * LANES) rowChains(4, 2, k, a, b + j, bRow, c + j, scale);
  for (; n - j >= 2 * LANES; j += 2 * LANES) rowChains(2, 4, k, a, b + j, bRow, c + j, scale);
  for (; n - j >= LANES; j += LANES) rowChains(1, 4, k, a, b + j, bRow, c + j, scale);
  if (j < n) rowChains(1, 4, k, a, b + n - LANES, bRow, c + n - LANES, scale);
}

/** C[m,n] = scale·A·B, B [k,n] with contiguous rows. */
static void sliceProduct(int m, int n, int k, Left a, const float *b, long bRow, float *c, long cRow, float scale,
                         float *space) {
  if (n < LANES) {
    for (long p = 0; p < k; p++) store(space + p * LANES, loadPart(b + p * bRow, n));
    sliceColumns(m, 1, k, a, space, LANES, c, cRow, scale, n);
    return;
  }
  if (m < 4) {
    for (; m > 0; m--, a.at += a.row, c += cRow) sliceRow(n, k, a, b, bRow, c, scale);
    return;
  }
  int j = 0;
  while (n - j >= LANES) {
    const int whole = (n - j) / LANES, vectors = whole < TILE_VECTORS ? whole : TILE_VECTORS;
    sliceColumns(m, vectors, k, a, b + j, bRow, c + j, cRow, scale, LANES);
    j += vectors * LANES;
  }
  // the last vector begins early enough to be a whole one
  if (j < n) sliceColumns(m, 1, k, a, b + n - LANES, bRow, c + n - LANES, cRow, scale, LANES);
}

/** Floats of working space for `rowsProduct`. */
INLINE size_t rowsSpace(int n, int k) { return (size_t)padded(n) * (size_t)k; }

/** Whether `rowsProduct` needs no packed rows. */
INLINE int isFew(int m, int n) { return m < 4 || n < 8; }

/** B [n,k] by columns, in strips, for `rowsProduct`. */
static void packRows(const float *b, long bRow, int n, int k, float *to) {
  for (long j = 0; j < n; j += TILE_COLUMNS) {
    const int left = n - j < TILE_COLUMNS ? (int)(n - j) : TILE_COLUMNS;
    packStrip(b + j * bRow, bRow, 1, left, k, (int)padded(left), to + j * k);
  }
}

/** C[m,n] = scale·A·Bᵀ with contiguous rows of A and of B [n,k]; `packed` or, if they are few, `b`. cRow ≥ padded(n). */
static void rowsProduct(int m, int n, int k, const float *a, long aRow, const float *b, long bRow, const float *packed,
                        float *c, long cRow, float scale) {
  if (!packed) {
    // a single row at a time meets more of B at once
    const int rows = m < 4 ? 1 : m;
    for (int r = 0; r < m; r += rows) dotBlock(k, a + r * aRow, aRow, b, bRow, c + r * cRow, cRow, NULL, 0, 0, rows, 0, n);
    for (int r = 0; r < m && scale != 1; r++, c += cRow) EACH_WITHIN(0, n, { store(c + i, load(c + i) * splat(scale)); })
    return;
  }
  for (long j = 0; j < n; j += TILE_COLUMNS) {
    const int left = n - j < TILE_COLUMNS ? (int)(n - j) : TILE_COLUMNS, width = (int)padded(left);
    sliceColumns(m, width / LANES, k, (Left){a, aRow, 1}, packed + j * k, width, c + j, cRow, scale, LANES);
  }
}
