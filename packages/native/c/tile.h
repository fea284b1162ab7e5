// Tiles of a product: C[rows, vectors·LANES] over a depth k, held in registers. Strides in floats.
#pragma once
#include "vector.h"

// As many registers as there are hold the tile, a row of B and one number of A in all lanes.
#if LANES == 16
enum { TILE_ROWS = 14, TILE_VECTORS = 2, PLACE_ROWS = 8 };
#elif LANES == 8
enum { TILE_ROWS = 6, TILE_VECTORS = 2, PLACE_ROWS = 6 };
#else
enum { TILE_ROWS = 8, TILE_VECTORS = 3, PLACE_ROWS = 8 };
#endif
enum { TILE_COLUMNS = TILE_VECTORS * LANES };

/** What to do with the sums of a tile. */
typedef struct {
  /** Sums begin with these numbers, one for each column; NULL: with zeros. */
  const float *start;
  /** Whether they begin with C instead. */
  int resume;
  /** Numbers of the last vector that lie within C. */
  int last;
  /** If set: C = sums·scale (+ C with `add`) (+ bias). */
  int scaled;
  int add;
  float scale;
  const float *bias;
  /** What sums of scaled float16 numbers are multiplied by (f16.h). */
  float unscale;
} Ends;

/** A vector of which `count` ≤ LANES numbers exist; with `whole`, all do. */
INLINE Floats loadEnd(const float *from, const int whole, int count) { return whole ? load(from) : loadPart(from, count); }
INLINE void storeEnd(float *to, Floats x, const int whole, int count) {
  if (whole) store(to, x);
  else storePart(to, x, count);
}

typedef Floats Sums[TILE_ROWS][TILE_VECTORS];

#define EACH_SUM                                                                                                       \
  _Pragma("GCC unroll 16") for (int r = 0; r < rows; r++) _Pragma("GCC unroll 4") for (int v = 0; v < vectors; v++)
#define END(from) loadEnd((from) + v * LANES, whole || v < vectors - 1, ends->last)

INLINE void begin(const int rows, const int vectors, const int whole, Sums sum, const float *c, long cRow, const Ends *ends) {
  if (ends->resume) {
    EACH_SUM sum[r][v] = END(c + r * cRow);
  } else {
    Floats start[TILE_VECTORS];
    for (int v = 0; v < vectors; v++) start[v] = ends->start ? END(ends->start) : splat(0);
    EACH_SUM sum[r][v] = start[v];
  }
}

INLINE void finish(const int rows, const int vectors, const int whole, Sums sum, float *c, long cRow, const Ends *ends) {
  if (ends->scaled) {
    EACH_SUM sum[r][v] *= splat(ends->scale);
    if (ends->add) EACH_SUM sum[r][v] += END(c + r * cRow);
    if (ends->bias) EACH_SUM sum[r][v] += END(ends->bias);
  }
  EACH_SUM storeEnd(c + r * cRow + v * LANES, sum[r][v], whole || v < vectors - 1, ends->last);
}
#undef END

/** How a tile's operands lie: A in place; both packed; both packed as pairs in bfloat16, one word for two steps along k. */
typedef enum { IN_PLACE, PACKED, PAIRS } Operands;

/** Adds the products of one step, or of a pair. */
INLINE Floats addProduct(const Operands kind, Floats x, Floats y, Floats sum) {
#if defined(__AVX512BF16__)
  if (kind == PAIRS) return _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)y);
#else
  (void)kind;
#endif
  return fma_(x, y, sum);
}

/** Element (r, p) of A is a[r·aRow + p·aColumn]; row p of B begins at b + p·bRow and is whole vectors wide. */
INLINE void tile(const int rows, const int vectors, const Operands kind, int k, const float *a, long aRow, long aColumn, const float *b,
                 long bRow, float *c, long cRow, const Ends *ends) {
  Sums sum;
  if (ends->last == LANES) begin(rows, vectors, 1, sum, c, cRow, ends);
  else begin(rows, vectors, 0, sum, c, cRow, ends);
  long offsets[TILE_ROWS];
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
    offsets[r] = r * aRow;
    // keeps each in a register of its own: clang would add aRow once a row, each time waiting for the last
    if (kind == IN_PLACE) __asm__("" : "+r"(offsets[r]));
  }
  for (; k; k--, a += aColumn, b += bRow) {
    Floats row[TILE_VECTORS];
    for (int v = 0; v < vectors; v++) {
      row[v] = load(b + v * LANES);
      if (kind != IN_PLACE) __builtin_prefetch(b + 8 * bRow + v * LANES);
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
      Floats x = splat(a[offsets[r]]);
      for (int v = 0; v < vectors; v++) sum[r][v] = addProduct(kind, x, row[v], sum[r][v]);
    }
  }
  if (ends->last == LANES) finish(rows, vectors, 1, sum, c, cRow, ends);
  else finish(rows, vectors, 0, sum, c, cRow, ends);
}
#undef EACH_SUM

typedef void Tile(int k, const float *a, long aRow, long aColumn, const float *b, long bRow, float *c, long cRow,
                  const Ends *ends);

/** A tile of a packed A, whose columns of `rows` numbers follow each other, and of an A where it is. */
#define TILE(rows, vectors)                                                                                            \
  static void packed##rows##x##vectors(int k, const float *a, long aRow, long aColumn, const float *b, long bRow,      \
                                       float *c, long cRow, const Ends *ends) {                                        \
    (void)aRow, (void)aColumn;                                                                                         \
    tile(rows, vectors, PACKED, k, a, 1, rows, b, bRow, c, cRow, ends);                                                        \
  }
#define PLACE(rows, vectors)                                                                                           \
  static void place##rows##x##vectors(int k, const float *a, long aRow, long aColumn, const float *b, long bRow,       \
                                      float *c, long cRow, const Ends *ends) {                                         \
    tile(rows, vectors, IN_PLACE, k, a, aRow, aColumn, b, bRow, c, cRow, ends);                                                  \
  }

#define PAIR(rows, vectors)                                                                                            \
  static void pairs##rows##x##vectors(int k, const float *a, long aRow, long aColumn, const float *b, long bRow,       \
                                      float *c, long cRow, const Ends *ends) {                                         \
    (void)aRow, (void)aColumn;                                                                                         \
    tile(rows, vectors, PAIRS, k, a, 1, rows, b, bRow, c, cRow, ends);                                                 \
  }

#define UP_TO_6(M, v) M(1, v) M(2, v) M(3, v) M(4, v) M(5, v) M(6, v)
#define UP_TO_8(M, v) UP_TO_6(M, v) M(7, v) M(8, v)
#if LANES == 16
#define EACH_HEIGHT(M, v) UP_TO_8(M, v) M(9, v) M(10, v) M(11, v) M(12, v) M(13, v) M(14, v)
#define EACH_PLACE UP_TO_8
#elif LANES == 8
#define EACH_HEIGHT UP_TO_6
#define EACH_PLACE UP_TO_6
#else
#define EACH_HEIGHT UP_TO_8
#define EACH_PLACE UP_TO_8
#endif
EACH_HEIGHT(TILE, 1)
EACH_HEIGHT(TILE, 2)
EACH_PLACE(PLACE, 1)
EACH_PLACE(PLACE, 2)
#if LANES == 4
EACH_HEIGHT(TILE, 3)
EACH_PLACE(PLACE, 3)
#endif

#define PACKED_NAME(rows, vectors) packed##rows##x##vectors,
#define PLACE_NAME(rows, vectors) place##rows##x##vectors,
/** By vectors − 1 and rows − 1. */
static Tile *const PACKED_TILES[TILE_VECTORS][TILE_ROWS] = {
    {EACH_HEIGHT(PACKED_NAME, 1)},
    {EACH_HEIGHT(PACKED_NAME, 2)},
#if LANES == 4
    {EACH_HEIGHT(PACKED_NAME, 3)},
#endif
};
static Tile *const PLACE_TILES[TILE_VECTORS][PLACE_ROWS] = {
    {EACH_PLACE(PLACE_NAME, 1)},
    {EACH_PLACE(PLACE_NAME, 2)},
#if LANES == 4
    {EACH_PLACE(PLACE_NAME, 3)},
#endif
};
#if defined(__AVX512BF16__)
EACH_HEIGHT(PAIR, 1)
EACH_HEIGHT(PAIR, 2)
#define PAIR_NAME(rows, vectors) pairs##rows##x##vectors,
static Tile *const PAIR_TILES[TILE_VECTORS][TILE_ROWS] = {{EACH_HEIGHT(PAIR_NAME, 1)}, {EACH_HEIGHT(PAIR_NAME, 2)}};
#endif
