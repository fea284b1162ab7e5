// Products with packed f32 and bf16 weights. Each output is one sum in the order of k with one rounding for each step, as in
// the WebAssembly engine with relaxed SIMD, so results are equal bit for bit; and a number does not depend on neighbouring
// rows and columns. Weights are [N/32][K][32] (a last group of 16 columns has 16 in a row); a row of a bf16 group has in word j
// column j below column j + half.
#pragma once
#include "engine-structs.h"
#include "functions.h"
#include <stddef.h>

/** Rows and vectors of a tile that fills the registers. */
enum {
  TILE_ROWS = LANES == 16 ? 14 : 6,
  TILE_VECTORS = LANES == 4 ? 4 : 2,
  TILE_COLUMNS = TILE_VECTORS * LANES,
  /** Columns of a tile of few rows, whose speed is that of reading weights. */
  FEW_VECTORS = 4,
  FEW_ROWS = LANES == 8 ? 2 : 4,
  GROUP = 32,
  /** Inputs that are multiplied before the next columns: their weights stay in the first cache. */
  DEPTH = 256,
  /** Rows that are prepared together: a depth of them stays in the second cache. */
  TOGETHER = 18 * TILE_ROWS,
};

/** What becomes of a product: C = A·W + bias, C = C + A·W, or C = gelu(A·W + bias). */
typedef enum { SET, ADD, GELU } Finish;

/** Inputs as the products of one kind of weights read them. */
typedef struct {
  const float *a;
  Index aRow;
  int rows;
  int k;
  /** f32 and bf16: for each depth of k, tiles of rows, column by column; NULL if rows are few. */
  const float *packed;
  /** int8: tiles of rows as bytes, and the value of one unit in each row. */
  const uint8_t *bytes;
  const float *scales;
} Inputs;

static const float NOTHING[GROUP * 4];

/** How many tiles the rows make; they are as equal as possible. */
INLINE int tilesOf(int rows) { return (rows + TILE_ROWS - 1) / TILE_ROWS; }
INLINE int tileFrom(int rows, int tiles, int i) { return (int)((Index)rows * i / tiles); }

#if LANES == 4
INLINE void transpose4(const float *x0, const float *x1, const float *x2, const float *x3, float *to, Index step) {
  float32x4x4_t x = {{vld1q_f32(x0), vld1q_f32(x1), vld1q_f32(x2), vld1q_f32(x3)}};
  float32x4x2_t a = vtrnq_f32(x.val[0], x.val[1]), b = vtrnq_f32(x.val[2], x.val[3]);
  vst1q_f32(to, vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0])));
  vst1q_f32(to + step, vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1])));
  vst1q_f32(to + 2 * step, vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0])));
  vst1q_f32(to + 3 * step, vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1])));
}
#else
INLINE void transpose4(const float *x0, const float *x1, const float *x2, const float *x3, float *to, Index step) {
  __m128 a = _mm_loadu_ps(x0), b = _mm_loadu_ps(x1), c = _mm_loadu_ps(x2), d = _mm_loadu_ps(x3);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(to, a);
  _mm_storeu_ps(to + step, b);
  _mm_storeu_ps(to + 2 * step, c);
  _mm_storeu_ps(to + 3 * step, d);
}
#endif

/** to[p·rows + i] = row i's element p, for `depth` (a multiple of 4) elements. */
static void packRows(const float *a, Index aRow, int rows, int depth, float *to) {
  if (rows < 4) {
    for (int p = 0; p < depth; p++)
      for (int i = 0; i < rows; i++) *to++ = a[i * aRow + p];
    return;
  }
  for (int p = 0; p < depth; p += 4, to += 4 * rows) {
    for (int i = 0;; i = i + 8 <= rows ? i + 4 : rows - 4) { // the last four rows may overlap those before
      const float *x = a + i * aRow + p;
      transpose4(x, x + aRow, x + 2 * aRow, x + 3 * aRow, to + i, rows);
      if (i + 4 == rows) break;
    }
  }
}

/** Packs all rows for tiles: [K/DEPTH][tiles][depth][rows of the tile]. */
static void packTiles(const float *a, Index aRow, int rows, int k, float *to) {
  int tiles = tilesOf(rows);
  for (int k0 = 0; k0 < k; k0 += DEPTH) {
    int depth = k - k0 < DEPTH ? k - k0 : DEPTH;
    for (int i = 0; i < tiles; i++) {
      int r0 = tileFrom(rows, tiles, i), r1 = tileFrom(rows, tiles, i + 1);
      packRows(a + r0 * aRow + k0, aRow, r1 - r0, depth, to);
      to += (Index)(r1 - r0) * depth;
    }
  }
}

/** C[R, V vectors]: element (p, i) of A is at p·aStep + i·aRow, row p of B at p·step. Sums start from s. */
INLINE void tile(const int R, const int V, int k, const float *a, Index aStep, Index aRow, const float *b, Index step,
                 float *c, Index cRow, const float *s, Index sRow) {
  Floats sum[TILE_ROWS][FEW_VECTORS];
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sum[i][v] = load(s + i * sRow + v * LANES);
  for (int p = 0; p < k; p++, a += aStep, b += step) {
    Floats w[FEW_VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) w[v] = load(b + v * LANES);
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      Floats x = splat(a[i * aRow]);
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) sum[i][v] = fma_(x, w[v], sum[i][v]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) store(c + i * cRow + v * LANES, sum[i][v]);
}

#define EACH_TILE_ROW(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)

/** A tile of packed rows, as wide as the registers allow. */
static void tileWide(int rows, int k, const float *a, const float *b, Index step, float *c, Index cRow, const float *s,
                     Index sRow) {
  switch (rows) {
#define CASE(R)                                                                                                        \
  case R:                                                                                                              \
    if (R <= TILE_ROWS) tile(R <= TILE_ROWS ? R : 1, TILE_VECTORS, k, a, R, 1, b, step, c, cRow, s, sRow);             \
    break;
    EACH_TILE_ROW(CASE)
#undef CASE
  }
}

#if LANES == 16
/** The same for 16 columns. */
static void tileNarrow(int rows, int k, const float *a, const float *b, Index step, float *c, Index cRow, const float *s,
                       Index sRow) {
  switch (rows) {
#define CASE(R)                                                                                                        \
  case R:                                                                                                              \
    tile(R, 1, k, a, R, 1, b, step, c, cRow, s, sRow);                                                                 \
    break;
    EACH_TILE_ROW(CASE)
#undef CASE
  }
}
#endif

/** C[rows of one tile, columns] with columns a multiple of 16, at most 32. */
INLINE void tileColumns(int rows, int columns, int k, const float *a, const float *b, Index step, float *c, Index cRow,
                        const float *s, Index sRow) {
#if LANES == 16
  if (columns < TILE_COLUMNS) {
    tileNarrow(rows, k, a, b, step, c, cRow, s, sRow);
    return;
  }
#endif
  for (int j = 0; j < columns; j += TILE_COLUMNS) tileWide(rows, k, a, b + j, step, c + j, cRow, s + j, sRow);
}

/** x = gelu(x) for a block of rows */
static void geluBlock(float *x, Index row, int rows, int columns) {
  for (int i = 0; i < rows; i++, x += row)
    for (int j = 0; j < columns; j += LANES) store(x + j, geluOf(load(x + j)));
}

/** The group of 32 columns, or of the last 16, that column j belongs to. */
typedef struct {
  /** Numbers before the group's weights, its width, and j's place in it. */
  Index before;
  int width;
  int place;
} Group;

INLINE Group groupOf(const Linear *linear, int j) {
  int first = j & ~(GROUP - 1);
  int width = linear->n - first < GROUP ? linear->n - first : GROUP;
  return (Group){(Index)first * linear->k, width, j - first};
}

// bf16: the vector that begins with column `place` of a row of weights.

#if LANES == 16
INLINE __m512 halves(const uint16_t *row, int width, int place) {
  if (width == 16) {
    __m256i words = _mm256_loadu_si256((const void *)row);
    __m512i low = _mm512_castsi256_si512(_mm256_slli_epi32(words, 16));
    return (__m512)_mm512_inserti64x4(low, _mm256_and_si256(words, _mm256_set1_epi32((int)0xffff0000)), 1);
  }
  __m512i words = _mm512_loadu_si512(row);
  return (__m512)(place ? _mm512_and_si512(words, _mm512_set1_epi32((int)0xffff0000)) : _mm512_slli_epi32(words, 16));
}
#else
INLINE Floats halves(const uint16_t *row, int width, int place) {
  int half = width / 2;
  typedef Ints LooseInts __attribute__((aligned(2)));
  Ints words = *(const LooseInts *)(row + 2 * (place % half));
  return (Floats)(place < half ? words << 16 : words & (int32_t)0xffff0000);
}
#endif

/** The same weights as f32: `depth` rows of a group. */
static void widen(const uint16_t *from, int width, int depth, float *to) {
  for (int p = 0; p < depth; p++, from += width, to += width)
    for (int j = 0; j < width; j += LANES) store(to + j, (Floats)halves(from, width, j));
}

/** As `tile` for f32 or bf16 groups and rows that aren't packed; vector v is at `skip`·(v·LANES / 32) + its place. */
INLINE void tileFew(const int R, const int V, const int half, int width, int place, int k, const float *a, Index aRow,
                    const void *group, Index skip, float *c, Index cRow, const float *s, Index sRow) {
  Floats sum[FEW_ROWS][FEW_VECTORS];
#pragma GCC unroll 4
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sum[i][v] = load(s + i * sRow + v * LANES);
  const float *b = group;
  const uint16_t *h = group;
  for (int p = 0; p < k; p++, b += width, h += width) {
    Floats w[FEW_VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      int at = place + v * LANES;
      Index from = at / GROUP * skip;
      w[v] = half ? (Floats)halves(h + from, width, at % GROUP) : load(b + from + at % GROUP);
    }
#pragma GCC unroll 4
    for (int i = 0; i < R; i++) {
      Floats x = splat(a[i * aRow + p]);
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) sum[i][v] = fma_(x, w[v], sum[i][v]);
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) store(c + i * cRow + v * LANES, sum[i][v]);
}

/** What sums start from: C itself, the bias of column j, or zeros. */
typedef struct {
  const float *at;
  Index row;
} Start;

INLINE Start startOf(const uint8_t *memory, const Linear *linear, const float *c, Index cRow, int j, int add) {
  if (add) return (Start){c + j, cRow};
  if (linear->bias) return (Start){(const float *)(memory + linear->bias) + j, 0};
  return (Start){NOTHING, 0};
}

/** Columns j …: as many as one tile of few rows takes. → how many */
INLINE int fewColumns(const Linear *linear, const void *weights, const int half, const Inputs *in, int j, int to, float *c,
                      Index cRow, Start s) {
  Group group = groupOf(linear, j);
  const void *at = half ? (const void *)((const uint16_t *)weights + group.before)
                        : (const void *)((const float *)weights + group.before);
  Index skip = (Index)GROUP * linear->k;
  int k = in->k;
#define ROWS(V, width, place)                                                                                          \
  switch (in->rows) {                                                                                                  \
  case 1: tileFew(1, V, half, width, place, k, in->a, in->aRow, at, skip, c + j, cRow, s.at, s.row); break;           \
  case 2: tileFew(2, V, half, width, place, k, in->a, in->aRow, at, skip, c + j, cRow, s.at, s.row); break;           \
  case 3: tileFew(FEW_ROWS >= 3 ? 3 : 1, V, half, width, place, k, in->a, in->aRow, at, skip, c + j, cRow, s.at, s.row); break; \
  case 4: tileFew(FEW_ROWS >= 4 ? 4 : 1, V, half, width, place, k, in->a, in->aRow, at, skip, c + j, cRow, s.at, s.row); break; \
  }
#if LANES == 16
  if (group.width == 16) {
    ROWS(1, 16, 0)
    return 16;
  }
  if (group.place || to - j < GROUP) {
    ROWS(1, GROUP, group.place)
    return 16;
  }
  if (to - j < 2 * GROUP || linear->n - j < 2 * GROUP) {
    ROWS(2, GROUP, 0)
    return GROUP;
  }
  ROWS(4, GROUP, 0)
  return 2 * GROUP;
#elif LANES == 8
  if (group.width == 16) {
    ROWS(2, 16, 0)
    return 16;
  }
  if (group.place || to - j < GROUP) {
    ROWS(2, GROUP, group.place)
    return 16;
  }
  ROWS(4, GROUP, 0)
  return GROUP;
#else
  (void)to; // a tile never goes beyond it
  if (group.width == 16) ROWS(4, 16, 0)
  else ROWS(4, GROUP, group.place)
  return 16;
#endif
#undef ROWS
}

static void productFew(const uint8_t *memory, const Linear *linear, const Inputs *in, float *c, Index cRow, int from, int to,
                       int add) {
  const void *weights = memory + linear->weights;
  for (int j = from; j < to;) {
    Start s = startOf(memory, linear, c, cRow, j, add);
    j += linear->kind == BF16 ? fewColumns(linear, weights, 1, in, j, to, c, cRow, s)
                              : fewColumns(linear, weights, 0, in, j, to, c, cRow, s);
  }
}

/** Fetches part `i` of `parts` of `bytes` bytes into the second cache. */
INLINE void fetch(const void *from, Index bytes, int i, int parts) {
  for (Index at = bytes / 64 * i / parts; at < bytes / 64 * (i + 1) / parts; at++)
    __builtin_prefetch((const char *)from + 64 * at, 0, 2);
}

static void productTiles(const uint8_t *memory, const Linear *linear, const Inputs *in, float *c, Index cRow, int from, int to,
                         Finish finish, float *widened) {
  int k = in->k, tiles = tilesOf(in->rows), size = linear->kind == BF16 ? 2 : 4;
  const uint8_t *weights = memory + linear->weights;
  int fetches = tiles >= 6; // fewer don't hide it
  // as many columns at once as stay in the second cache until the last depth, if the inputs do too
  int block = (Index)in->rows * k <= 1 << 18 ? 8 * GROUP : to - from;
  for (int j0 = from, j1; j0 < to; j0 = j1) {
    j1 = to - j0 <= block ? to : (j0 + block) & ~(GROUP - 1);
    const float *packed = in->packed;
    for (int k0 = 0; k0 < k; k0 += DEPTH, packed += (Index)in->rows * DEPTH) {
      int depth = k - k0 < DEPTH ? k - k0 : DEPTH, last = k0 + depth == k;
      for (int j = j0, columns; j < j1; j += columns) {
        Group group = groupOf(linear, j);
        columns = group.width - group.place < j1 - j ? group.width - group.place : j1 - j;
        const uint8_t *at = weights + (group.before + (Index)k0 * group.width) * size;
        const uint8_t *next = fetches && j + columns < j1 ? at + (Index)k * group.width * size : NULL;
        const float *b = (const float *)at;
        if (linear->kind == BF16) {
          widen((const uint16_t *)at, group.width, depth, widened);
          b = widened;
        }
        Start s = startOf(memory, linear, c, cRow, j, finish == ADD || k0 > 0);
        const float *a = packed;
        for (int i = 0; i < tiles; i++) {
          int r0 = tileFrom(in->rows, tiles, i), rows = tileFrom(in->rows, tiles, i + 1) - r0;
          float *to = c + r0 * cRow + j;
          if (next) fetch(next, (Index)depth * group.width * size, i, tiles);
          tileColumns(rows, columns, depth, a, b + group.place, group.width, to, cRow, s.at + r0 * s.row, s.row);
          if (last && finish == GELU) geluBlock(to, cRow, rows, columns);
          a += (Index)rows * depth;
        }
      }
    }
  }
}
