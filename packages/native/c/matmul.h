// Matrix products. However the work is divided between threads and tiles, each number of C is one sum over the whole depth in
// the order of p (dot.h: in the order that the depth alone decides), so that the results don't depend on the threads.
#pragma once
#include "bf16.h"
#include "call.h"
#include "dot.h"
#include "f16.h"
#include "tile.h"
#include <stdatomic.h>

enum {
  /** Depth of a block: a strip of A of this depth stays in the first-level cache. */
  BLOCK_DEPTH = 512,
  /**
   * A block of A, this many strips high, stays in the second-level cache beside the panel. A panel too large for that cache is
   * read less often with higher blocks, and a transposed A in longer pieces.
   */
  BLOCK_STRIPS = 2,
  LARGE_PANEL_STRIPS = 4,
  TRANSPOSED_STRIPS = 8,
  /** Rows further apart than this (8 KB) are not fetched ahead by the processor itself. */
  FAR_APART = 2048,
  /** Numbers of B that are packed at a time (4 MB); threads share them. */
  PANEL_SIZE = 1 << 20,
  /** How much of B a thread packs at a time. */
  PACK_DEPTH = 64,
  PACK_STRIPS = 8,
  /** Products of fewer multiplications are not worth a second thread. */
  WORTH_THREADS = 1 << 19,
  /** Up to so many rows are faster to read where they are than to pack. */
  FEW_ROWS = 16,
  /** In these products a vector or two of C is held in registers for this many rows of B, which are read side by side. */
  WALK_DEPTH = 16,
};

/** C[m,n] = A[m,k]·B[k,n] (+ bias[n]). Strides in floats. */
typedef struct {
  const float *a;
  long aRow, aColumn;
  const float *b;
  long bRow, bColumn;
  float *c;
  long cRow;
  int m, n, k;
  /** A number for each column, biasStep apart, or NULL. */
  const float *bias;
  int biasStep;
  /** C = A·B·scale (+ C with `add`) (+ bias), for operands that are read in place. */
  int scaled, add;
  float scale;
  /** What operands may be rounded to: so they are in products that are worth packing. */
  enum { FLOAT32, BFLOAT16, FLOAT16 } rounding;
} Product;

/** A product, or a panel of it, in progress. */
typedef struct {
  Product own;
  int dots, aInPlace, bInPlace;
  /** Whether operands are rounded to bfloat16 and multiplied in pairs (bf16.h), or to float16 and scaled (f16.h). */
  int pairs, halves;
  float aScale, bScale;
  int blockDepth;
  /** Columns j0 … j1 and depth k0 … k1 of B are in the panel, or (bInPlace) the columns that don't fill a vector. */
  float *panel;
  int j0, j1, k0, k1;
  int rowBlocks, columnBlocks;
  Pool *pool;
  _Atomic int nextUnit, nextBlock;
} Work;

static inline int ceilOf(long x, long unit) { return (int)((x + unit - 1) / unit); }
/** Where strip `index` of `rows` rows begins, if they are shared out evenly. */
static inline int stripFrom(int rows, int strips, int index) { return (int)((long)rows * index / strips); }

/** Words that `depth` steps along k take in a packed column. */
static inline int wordsOf(const Work *work, int depth) { return work->pairs || work->halves ? (depth + 1) / 2 : depth; }

static void packColumns(const Work *work, const float *from, long across, long along, int count, int depth, int width,
                        float scale, float *to) {
#if defined(__AVX512FP16__)
  if (work->halves) {
    packHalves(from, across, along, count, depth, width, scale, to);
    return;
  }
#else
  (void)scale;
#endif
  if (work->pairs) packPairs(from, across, along, count, depth, width, to);
  else packStrip(from, across, along, count, depth, width, to);
}

/** Columns that lie in place, for the rest of them does not fill a vector. */
static inline int wholeColumns(const Work *work) { return work->bInPlace ? work->own.n / LANES * LANES : 0; }

/** How many strips of columns the present panel has, or, in place, B. */
static inline int stripCount(const Work *work) {
  int whole = wholeColumns(work);
  return work->bInPlace ? ceilOf(whole, TILE_COLUMNS) + (whole < work->own.n) : ceilOf(work->j1 - work->j0, TILE_COLUMNS);
}

typedef struct {
  const float *b;
  long bRow;
  int j, vectors, last;
} Strip;

/** Strip `index` of the block that begins at depth p. */
static Strip stripAt(const Work *work, int index, int p, int depth) {
  const Product *own = &work->own;
  int j = work->j0 + index * TILE_COLUMNS, whole = wholeColumns(work);
  if (work->bInPlace && j < whole)
    return (Strip){own->b + p * own->bRow + j, own->bRow, j, least(TILE_VECTORS, (whole - j) / LANES), LANES};
  if (work->bInPlace) return (Strip){work->panel + (p - work->k0) * (long)LANES, LANES, whole, 1, own->n - whole};
  int columns = least(TILE_COLUMNS, work->j1 - j), vectors = ceilOf(columns, LANES);
  const float *block = work->panel + wordsOf(work, p - work->k0) * (long)(ceilOf(work->j1 - work->j0, LANES) * LANES);
  return (Strip){block + (long)(j - work->j0) * wordsOf(work, depth), vectors * LANES, j, vectors, columns - (vectors - 1) * LANES};
}

/** Packs units of B until none is left: the same strips for PACK_DEPTH rows, which lie in one block of the depth. */
static void packUnits(Work *work) {
  const Product *own = &work->own;
  int strips = stripCount(work), first = work->bInPlace ? strips - 1 : 0;
  int groups = ceilOf(strips - first, PACK_STRIPS), units = groups * ceilOf(work->k1 - work->k0, PACK_DEPTH);
  for (int unit; (unit = atomic_fetch_add(&work->nextUnit, 1)) < units;) {
    int p = work->k0 + unit / groups * PACK_DEPTH, rows = least(PACK_DEPTH, work->k1 - p);
    int block = work->k0 + (p - work->k0) / work->blockDepth * work->blockDepth;
    int depth = least(work->blockDepth, work->k1 - block);
    int begin = first + unit % groups * PACK_STRIPS, end = least(strips, begin + PACK_STRIPS);
    for (int index = begin; index < end; index++) {
      Strip strip = stripAt(work, index, block, depth);
      packColumns(work, own->b + p * own->bRow + strip.j * own->bColumn, own->bColumn, own->bRow,
                  (strip.vectors - 1) * LANES + strip.last, rows, (int)strip.bRow, work->bScale,
                  (float *)strip.b + wordsOf(work, p - block) * strip.bRow);
    }
  }
}

/** Packs `rows` rows of A as `heights` strips, each as high as the others or one higher. */
static void packStrips(const Work *work, const float *a, int rows, int heights, int depth, float *packed) {
  long aRow = work->own.aRow, aColumn = work->own.aColumn;
  int isFar = aRow == 1 && aColumn > FAR_APART;
  int step = aRow == 1 ? 16 : depth, words = wordsOf(work, depth); // a transposed A along its rows, a few at a time
  for (int p = 0; p < depth; p += step) {
    for (int q = p + step; isFar && q < least(depth, p + 2 * step); q++)
      for (int i = 0; i < rows + 15; i += 16) __builtin_prefetch(a + q * aColumn + i);
    for (int h = 0; h < heights; h++) {
      int from = stripFrom(rows, heights, h), height = stripFrom(rows, heights, h + 1) - from;
      packColumns(work, a + from * aRow + p * aColumn, aRow, aColumn, height, least(step, depth - p), height, work->aScale,
                  packed + (long)from * words + wordsOf(work, p) * height);
    }
  }
}

/** Rows i0 … i1 of C, strips s0 … s1. */
static void tileBlock(const Work *work, int i0, int i1, int s0, int s1, float *packed) {
  const Product *own = &work->own;
  int rows = i1 - i0, heights = ceilOf(rows, work->aInPlace ? PLACE_ROWS : TILE_ROWS);
  float same[TILE_COLUMNS];
  if (own->bias && own->biasStep == 0)
    for (int j = 0; j < TILE_COLUMNS; j++) same[j] = own->bias[0];
  int p = work->k0;
  do {
    int depth = least(work->blockDepth, work->k1 - p);
    const float *a = own->a + i0 * own->aRow + p * own->aColumn;
    if (!work->aInPlace) packStrips(work, a, rows, heights, depth, packed);
    int words = wordsOf(work, depth);
    for (int s = s0; s < s1; s++) {
      Strip strip = stripAt(work, s, p, depth);
      const float *bias = !own->bias ? NULL : own->biasStep ? own->bias + strip.j : same;
      Ends ends = {.start = own->scaled ? NULL : bias, .resume = p > 0, .last = strip.last, .scaled = own->scaled,
                   .add = own->add, .scale = own->scale, .bias = bias, .unscale = 1 / (work->aScale * work->bScale)};
      for (int h = 0; h < heights; h++) {
        int from = stripFrom(rows, heights, h), height = stripFrom(rows, heights, h + 1) - from;
        float *c = own->c + (i0 + from) * own->cRow + strip.j;
        if (work->aInPlace)
          PLACE_TILES[strip.vectors - 1][height - 1](depth, a + from * own->aRow, own->aRow, own->aColumn, strip.b,
                                                     strip.bRow, c, own->cRow, &ends);
        else {
          Tile *const *tiles = PACKED_TILES[strip.vectors - 1];
#if defined(__AVX512BF16__)
          if (work->pairs) tiles = PAIR_TILES[strip.vectors - 1];
#endif
#if defined(__AVX512FP16__)
          if (work->halves) tiles = HALF_TILES[strip.vectors - 1];
#endif
          tiles[height - 1](words, packed + (long)from * words, 1, height, strip.b, strip.bRow, c, own->cRow, &ends);
        }
      }
    }
    p += work->blockDepth;
  } while (p < work->k1);
}

/** Numbers of a packed block of A. */
static size_t packedSize(const Work *work) {
  return work->dots || work->aInPlace ? 0 : (size_t)ceilOf(work->own.m, work->rowBlocks) * (size_t)least(work->blockDepth, work->own.k);
}

/** Computes blocks of C until none is left. */
static void computeBlocks(Work *work, float *packed) {
  const Product *own = &work->own;
  int blocks = work->rowBlocks * work->columnBlocks, strips = work->dots ? own->n : stripCount(work);
  for (int block; (block = atomic_fetch_add(&work->nextBlock, 1)) < blocks;) {
    int row = block / work->columnBlocks, column = block % work->columnBlocks;
    int i0 = (int)((long)own->m * row / work->rowBlocks), i1 = (int)((long)own->m * (row + 1) / work->rowBlocks);
    int s0 = (int)((long)strips * column / work->columnBlocks),
        s1 = (int)((long)strips * (column + 1) / work->columnBlocks);
    if (work->dots)
      dotBlock(own->k, own->a, own->aRow, own->b, own->bColumn, own->c, own->cRow, own->bias, own->biasStep, i0, i1, s0, s1);
    else tileBlock(work, i0, i1, s0, s1, packed);
  }
}

static void packPart(void *data, int part, int parts) {
  (void)part, (void)parts;
  packUnits(data);
}
static void computePart(void *data, int part, int parts) {
  (void)parts;
  Work *work = data;
  computeBlocks(work, poolScratch(work->pool, part, 0, packedSize(work) * 4));
}

/** Decides how a product is computed, by its shape alone, and how `threads` threads divide it. */
static Work plan(const Product *product, Pool *pool, int threads) {
  Work work = {.own = *product, .pool = pool, .blockDepth = BLOCK_DEPTH, .aScale = 1, .bScale = 1};
  Product *own = &work.own;
  if (own->n == 1 && own->m > 1 && own->cRow == 1 && !own->scaled) {
    // a vector is its own transpose
    work.own = (Product){.a = own->b, .aRow = own->k, .aColumn = own->bRow, .b = own->a, .bRow = own->aColumn,
                         .bColumn = own->aRow, .c = own->c, .cRow = own->m, .m = 1, .n = own->m, .k = own->k,
                         .bias = own->bias, .biasStep = 0};
  }
  int along = own->aColumn == 1 || own->k == 1;
  work.dots = !own->scaled && along && own->bRow == 1 && own->bColumn != 1 && (own->m <= FEW_ROWS || own->n <= 4);
  work.aInPlace = own->scaled || own->n <= TILE_COLUMNS;
  work.bInPlace = own->scaled || (own->bColumn == 1 && own->m <= 2 * TILE_ROWS);
  int worthRounding = own->m > 2 * TILE_ROWS && own->n > TILE_COLUMNS;
  work.pairs = HAS_PAIRS && own->rounding == BFLOAT16 && worthRounding;
  work.halves = HAS_HALVES && own->rounding == FLOAT16 && worthRounding;
  if (own->m <= 2 && work.bInPlace) work.blockDepth = WALK_DEPTH;
  if (own->scaled) work.blockDepth = own->k > 0 ? own->k : 1;
  work.j1 = own->n;
  int height = work.aInPlace ? PLACE_ROWS : TILE_ROWS;
  int strips = own->aRow == 1                            ? TRANSPOSED_STRIPS
               : (double)own->k * own->n > PANEL_SIZE / 4 ? LARGE_PANEL_STRIPS
                                                          : BLOCK_STRIPS;
  work.rowBlocks = ceilOf(own->m, height * strips);
  work.columnBlocks = 1;
  if (threads > 1 && own->m >= height * threads) work.rowBlocks = ceilOf(work.rowBlocks, threads) * threads;
  else if (threads > 1)
    work.columnBlocks = least(ceilOf(own->n, work.dots ? DOT_WIDE : TILE_COLUMNS), ceilOf(2 * threads, work.rowBlocks));
  return work;
}

/** Numbers of the largest panel, its depth and width. */
static size_t panelSize(const Work *work, int *depth, int *width) {
  const Product *own = &work->own;
  *depth = own->k;
  *width = own->n;
  if (work->dots) return 0;
  if (work->bInPlace) return own->n % LANES ? (size_t)own->k * LANES : 0;
  *depth = least(own->k, 8 * BLOCK_DEPTH);
  int fit = PANEL_SIZE / (*depth ? *depth : 1) / TILE_COLUMNS * TILE_COLUMNS;
  *width = least(own->n, fit > TILE_COLUMNS ? fit : TILE_COLUMNS);
  return (size_t)*depth * (size_t)(ceilOf(*width, LANES) * LANES);
}

/** Bits of the largest absolute value among `rows` rows of a matrix: those of infinity or more if a number is not finite. */
static int largestBits(const float *from, long row, int rows, long column, int columns) {
  if (column != 1) return largestBits(from, column, columns, row, rows);
  Ints most = {0};
  for (int i = 0; i < rows; i++, from += row)
    EACH_WITHIN(0, columns, Ints x = (Ints)abs_(LOAD(from)); Ints more = x > most; most = (more & x) | (~more & most);)
  int largest = 0;
  for (int i = 0; i < LANES; i++) largest = most[i] > largest ? most[i] : largest;
  return largest;
}

typedef struct {
  const Product *product;
  _Atomic int a, b;
} Largest;

static void raise(_Atomic int *to, int value) {
  for (int old = *to; old < value && !atomic_compare_exchange_weak(to, &old, value);) continue;
}

static void largestPart(void *data, int part, int parts) {
  Largest *largest = data;
  const Product *own = largest->product;
  int i0 = stripFrom(own->m, parts, part), i1 = stripFrom(own->m, parts, part + 1);
  int p0 = stripFrom(own->k, parts, part), p1 = stripFrom(own->k, parts, part + 1);
  raise(&largest->a, largestBits(own->a + i0 * own->aRow, own->aRow, i1 - i0, own->aColumn, own->k));
  raise(&largest->b, largestBits(own->b + p0 * own->bRow, own->bRow, p1 - p0, own->bColumn, own->n));
}

/** The power of two that brings numbers up to the one with these bits below 2^TOP; 0 if f32 is better. */
static float scaleFor(int bits) {
  if (bits == 0) return 1;
  int exponent = (bits >> 23) - 127;
  if (exponent < -FAR || exponent > FAR) return 0;
  union { int32_t bits; float value; } scale = {.bits = (TOP - 1 - exponent + 127) << 23};
  return scale.value;
}

/** Chooses the scales of a product in float16, or f32 where its operands go beyond them. */
static void chooseScales(Work *work, int shared) {
  Largest largest = {.product = &work->own};
  if (shared) poolRun(work->pool, largestPart, &largest);
  else largestPart(&largest, 0, 1);
  work->aScale = scaleFor(largest.a);
  work->bScale = scaleFor(largest.b);
  if (work->aScale == 0 || work->bScale == 0) work->halves = 0, work->aScale = work->bScale = 1;
}

/** Computes a product on the threads of the pool, or, if part ≥ 0, on this one alone. False if memory runs out. */
static int multiply(const Product *product, Pool *pool, int part) {
  int threads = poolThreads(pool);
  int shared = part < 0 && threads > 1 && (double)product->m * product->n * product->k >= WORTH_THREADS;
  Work work = plan(product, pool, shared ? threads : 1);
  if (work.halves) chooseScales(&work, shared);
  const Product *own = &work.own;
  int depth, width, owner = part < 0 ? 0 : part;
  size_t size = panelSize(&work, &depth, &width);
  if (size && !(work.panel = poolScratch(pool, owner, 1, size * 4))) return 0;
  for (int i = 0; i < (shared ? threads : 1) && packedSize(&work); i++)
    if (!poolScratch(pool, owner + i, 0, packedSize(&work) * 4)) return 0;
  int j = 0;
  do {
    int k = 0;
    do {
      work.j0 = j;
      work.j1 = least(own->n, j + width);
      work.k0 = k;
      work.k1 = least(own->k, k + depth);
      work.nextUnit = work.nextBlock = 0;
      if (shared && size) poolRun(pool, packPart, &work);
      else if (size) packUnits(&work);
      if (shared) poolRun(pool, computePart, &work);
      else computePart(&work, owner, 1);
      k += depth;
    } while (k < own->k);
    j += width;
  } while (j < own->n);
  return 1;
}

/** Many products that are too small to divide. */
typedef struct {
  Product first;
  long aNext, bNext, cNext;
  int batch;
  Pool *pool;
  _Atomic int next, failed;
} Batch;

static void batchPart(void *data, int part, int parts) {
  (void)parts;
  Batch *batch = data;
  for (int z; (z = atomic_fetch_add(&batch->next, 1)) < batch->batch;) {
    Product product = batch->first;
    product.a += z * batch->aNext;
    product.b += z * batch->bNext;
    product.c += z * batch->cNext;
    if (!multiply(&product, batch->pool, part)) batch->failed = 1;
  }
}

/** As `needed`, for floats; without any, the address may be missing. */
static const float *floatsAt(Call *call, int index, double count) {
  double address = call->args[index];
  if (!call->error[0] && address / 4 != (double)(int64_t)(address / 4))
    snprintf(call->error, sizeof call->error, "argument %d: expected a multiple of 4, got %.17g", index, address);
  return count > 0 ? needed(call, index, 4 * count) : span(call, index, 0);
}

/** Argument `index`, in bytes, as a distance in floats. */
static long distance(Call *call, int index) {
  double bytes = call->args[index];
  if (bytes >= 0 && bytes <= 4294967295.0 && bytes / 4 == (double)(int64_t)(bytes / 4)) return (long)(bytes / 4);
  if (!call->error[0])
    snprintf(call->error, sizeof call->error, "argument %d: expected a multiple of 4 bytes, got %.17g", index, bytes);
  return 0;
}

/** Numbers from the first one on that `rows` rows of `columns` span. */
static double extent(int rows, double rowStep, int columns, double columnStep) {
  return rows && columns ? (rows - 1) * rowStep + (columns - 1) * columnStep + 1 : 0;
}

static void anyMatMul(Call *call, int rounding) {
  int transposeA = call->args[2] != 0, transposeB = call->args[5] != 0;
  int batch = sizeOf(call, 7), m = sizeOf(call, 8), n = sizeOf(call, 9), k = sizeOf(call, 10);
  long aNext = distance(call, 1), bNext = distance(call, 4);
  if (call->error[0] || batch == 0 || m == 0 || n == 0) return;
  double before = batch - 1;
  Batch all = {.batch = batch, .aNext = aNext, .bNext = bNext, .pool = call->pool};
  Product *first = &all.first;
  *first = (Product){.m = m, .n = n, .k = k, .cRow = n, .biasStep = 1, .rounding = rounding};
  first->a = floatsAt(call, 0, k ? before * aNext + (double)m * k : 0);
  first->b = floatsAt(call, 3, k ? before * bNext + (double)k * n : 0);
  first->c = (float *)floatsAt(call, 6, (double)batch * m * n);
  if (call->args[11] != 0) first->bias = floatsAt(call, 11, n);
  if (call->error[0]) return;
  all.cNext = (long)m * n;
  // a row or column is its own transpose: choose the contiguous reading
  if (m == 1) transposeA = 0;
  if (n == 1) transposeB = 1;
  first->aRow = transposeA ? 1 : k;
  first->aColumn = transposeA ? m : 1;
  first->bRow = transposeB ? 1 : n;
  first->bColumn = transposeB ? k : 1;
  if (batch > 1 && (double)m * n * k < 4 * WORTH_THREADS) {
    share(call, batchPart, &all, (double)batch * m * n * k >= WORTH_THREADS);
  } else {
    for (int z = 0; z < batch; z++) {
      Product product = *first;
      product.a += z * aNext;
      product.b += z * bNext;
      product.c += z * all.cNext;
      if (!multiply(&product, call->pool, -1)) all.failed = 1;
    }
  }
  if (all.failed) snprintf(call->error, sizeof call->error, "memory is exhausted");
}

/** matMul(a, aNext, transposeA, b, bNext, transposeB, c, batch, m, n, k, bias, scratch): see gemm.ts */
static void matMul(Call *call) { anyMatMul(call, FLOAT32); }

#if defined(__AVX512BF16__)
/** The same with operands rounded to bfloat16 and sums in f32, except for products with few rows or columns. */
static void matMulBf16(Call *call) { anyMatMul(call, BFLOAT16); }
#endif

#if defined(__AVX512FP16__)
/** The same with operands rounded to float16 and short sums in it (f16.h). */
static void matMulF16(Call *call) { anyMatMul(call, FLOAT16); }
#endif

/** rankProduct(a, aRow, aColumn, b, bRow, c, cRow, m, n, k, scale, bias, add): see direct.ts */
static void rankProduct(Call *call) {
  int m = sizeOf(call, 7), n = sizeOf(call, 8), k = sizeOf(call, 9);
  Product own = {.m = m, .n = n, .k = k, .bColumn = 1, .biasStep = 1, .scaled = 1, .scale = real(call, 10)};
  own.aRow = distance(call, 1);
  own.aColumn = distance(call, 2);
  own.bRow = distance(call, 4);
  own.cRow = distance(call, 6);
  own.add = call->args[12] != 0;
  if (call->error[0] || m == 0 || n == 0) return;
  own.a = floatsAt(call, 0, extent(m, (double)own.aRow, k, (double)own.aColumn));
  own.b = floatsAt(call, 3, extent(k, (double)own.bRow, n, 1));
  own.c = (float *)floatsAt(call, 5, extent(m, (double)own.cRow, n, 1));
  if (call->args[11] != 0) own.bias = floatsAt(call, 11, n);
  if (!call->error[0] && !multiply(&own, call->pool, -1)) snprintf(call->error, sizeof call->error, "memory is exhausted");
}
