// Scaled dot-product attention on [b n d] tensors; a head is a slice of `width` numbers in each row of d.
#pragma once
#include "call.h"
#include "functions.h"
#include "slices.h"

typedef struct {
  long b;
  int n, m, heads, width, causal;
  float scale;
  const float *query, *key, *value, *bias, *dy, *probabilities;
  float *out, *weights, *dQuery, *dKey, *dValue;
  Pool *pool;
  /** Set by the threads that find no memory. */
  int exhausted;
} Attention;

/**
 * Softmax of the first `seen` of `count` scores (+ bias), in place and in `weights`. The rest becomes 0, and so does everything
 * if `seen` is 0. `row` is padded to whole vectors: loads of what was stored in part have to wait.
 */
static void softmaxRow(float *row, const float *bias, float *weights, int seen, int count) {
  memset(weights + seen, 0, 4 * (size_t)(count - seen));
  const long end = padded(seen);
  memset(row + end, 0, 4 * (size_t)(padded(count) - end));
  if (seen == 0) return;
  if (bias) EACH_WITHIN(0, seen, { store(row + i, load(row + i) + LOAD(bias)); })
  Floats tops = splat(row[0]);
  EACH_WITHIN(0, seen, { tops = max_(tops, KEEP(load(row + i), tops)); })
  const Floats top = splat(maxLanes(tops));
  Floats sums = splat(0), plain = splat(0);
  EACH_WITHIN(0, seen, {
    Floats x = load(row + i) - top;
    Floats e = KEEP(exp_(x), splat(0));
    plain += KEEP(x, splat(0));
    store(row + i, e);
    sums += e;
  })
  // exp_ makes 0 of what is not a number: say so instead
  const float check = sumLanes(plain), sum = check == check ? sumLanes(sums) : check;
  const Floats scale = splat(1 / sum);
  EACH_WITHIN(0, seen, {
    Floats p = load(row + i) * scale;
    store(row + i, p);
    STORE(weights, p);
  })
}

INLINE size_t larger2(size_t x, size_t y) { return x > y ? x : y; }

/** Rows of queries that are done together, so that their scores stay in the first-level cache. */
enum { QUERY_ROWS = 4 * PLACE_ROWS };

static void attentionPart(void *data, int part, int parts) {
  Attention *own = data;
  const int n = own->n, m = own->m, width = own->width;
  const long row = (long)own->heads * width, count = own->b * own->heads, end = shareFrom(count, 1, part + 1, parts);
  const long line = padded(m);
  const size_t strips = larger2(rowsSpace(m, width), sliceSpace(width, m));
  float *space = poolScratch(own->pool, part, 0, 4 * (strips + (size_t)line * QUERY_ROWS));
  if (!space) {
    own->exhausted = 1;
    return;
  }
  float *scores = space + strips;
  const int few = isFew(n, m);
  for (long z = shareFrom(count, 1, part, parts); z < end; z++) {
    const long b = z / own->heads, slice = z % own->heads * width, query = b * n * row + slice, key = b * m * row + slice;
    for (int i = 0; i < n; i += QUERY_ROWS) {
      const int rows = n - i < QUERY_ROWS ? n - i : QUERY_ROWS;
      // `sliceProduct` needs the same space if a row is shorter than a vector
      if (!few && (i == 0 || width < LANES)) packRows(own->key + key, row, m, width, space);
      rowsProduct(rows, m, width, own->query + query + i * row, row, own->key + key, row, few ? NULL : space, scores, line,
                  own->scale);
      for (int r = 0; r < rows; r++) {
        const long seen = own->causal ? (long)i + r + m - n + 1 : m;
        softmaxRow(scores + r * line, own->bias ? own->bias + b * m : NULL, own->weights + (z * n + i + r) * m,
                   seen < 0 ? 0 : seen > m ? m : (int)seen, m);
      }
      sliceProduct(rows, width, m, (Left){scores, line, 1}, own->value + key, row, own->out + query + i * row, row, 1, space);
    }
  }
}

/** Fewer multiplications than this are not worth a second thread. */
enum { WORTH_SHARING_PRODUCTS = 1 << 16 };

/** `bytes`: of the weights; `written`: of everything that the parts write. */
static void attend(Call *call, Attention *own, Part *part, double bytes, double written) {
  if (call->error[0] || written == 0) return;
  own->pool = call->pool;
  share(call, part, own, bytes / 4 * own->width >= WORTH_SHARING_PRODUCTS);
  if (own->exhausted) snprintf(call->error, sizeof call->error, "memory is exhausted");
}

/** attention(query, key, value, bias, out, weights, b, n, m, heads, width, causal, scale) */
static void attention(Call *call) {
  Attention own = {.b = sizeOf(call, 6), .n = sizeOf(call, 7), .m = sizeOf(call, 8), .heads = sizeOf(call, 9)};
  own.width = sizeOf(call, 10);
  own.causal = whole(call, 11) != 0;
  own.scale = real(call, 12);
  const double row = 4.0 * own.heads * own.width, queries = row * (double)own.b * own.n, keys = row * (double)own.b * own.m;
  const double weights = 4.0 * (double)own.b * own.heads * own.n * own.m;
  own.query = needed(call, 0, queries);
  own.key = needed(call, 1, keys);
  own.value = needed(call, 2, keys);
  own.bias = span(call, 3, 4.0 * (double)own.b * own.m);
  own.out = needed(call, 4, queries);
  own.weights = needed(call, 5, weights);
  attend(call, &own, attentionPart, weights, weights + queries);
}

/** dScores = weights ∘ (dWeights − Σ_j weights·dWeights) for one row; overwrites dWeights, which is padded to whole vectors. */
static void softmaxGradRow(const float *weights, float *slopes, int count) {
  Floats sums = splat(0);
  EACH_WITHIN(0, count, { sums += KEEP(LOAD(weights) * load(slopes + i), splat(0)); })
  const Floats sum = splat(sumLanes(sums));
  EACH_WITHIN(0, count, { store(slopes + i, LOAD(weights) * (load(slopes + i) - sum)); })
}

static void attentionGradPart(void *data, int part, int parts) {
  Attention *own = data;
  const int n = own->n, m = own->m, width = own->width;
  const long row = (long)own->heads * width, count = own->b * own->heads, end = shareFrom(count, 1, part + 1, parts);
  const long line = padded(m);
  const size_t strips = larger2(rowsSpace(m, width), sliceSpace(width, n > m ? n : m));
  float *space = poolScratch(own->pool, part, 0, 4 * strips);
  float *slopes = poolScratch(own->pool, part, 1, 4 * ((size_t)n * (size_t)line + 1));
  if (!space || !slopes) {
    own->exhausted = 1;
    return;
  }
  const int few = isFew(n, m);
  for (long z = shareFrom(count, 1, part, parts); z < end; z++) {
    const long b = z / own->heads, slice = z % own->heads * width, query = b * n * row + slice, key = b * m * row + slice;
    const float *weights = own->probabilities + z * n * m, *dy = own->dy + query, *value = own->value + key;
    if (!few) packRows(value, row, m, width, space);
    rowsProduct(n, m, width, dy, row, value, row, few ? NULL : space, slopes, line, 1);
    for (long i = 0; i < n; i++) softmaxGradRow(weights + i * m, slopes + i * line, m);
    const Left across = {slopes, line, 1}, down = {slopes, 1, line}, seen = {weights, 1, m};
    sliceProduct(n, width, m, across, own->key + key, row, own->dQuery + query, row, own->scale, space);
    sliceProduct(m, width, n, down, own->query + query, row, own->dKey + key, row, own->scale, space);
    sliceProduct(m, width, n, seen, dy, row, own->dValue + key, row, 1, space);
  }
}

/** attentionGrad(dy, query, key, value, weights, dQuery, dKey, dValue, b, n, m, heads, width, scale, slopes) */
static void attentionGrad(Call *call) {
  Attention own = {.b = sizeOf(call, 8), .n = sizeOf(call, 9), .m = sizeOf(call, 10), .heads = sizeOf(call, 11)};
  own.width = sizeOf(call, 12);
  own.scale = real(call, 13);
  const double row = 4.0 * own.heads * own.width, queries = row * (double)own.b * own.n, keys = row * (double)own.b * own.m;
  const double weights = 4.0 * (double)own.b * own.heads * own.n * own.m;
  own.dy = needed(call, 0, queries);
  own.query = needed(call, 1, queries);
  own.key = needed(call, 2, keys);
  own.value = needed(call, 3, keys);
  own.probabilities = needed(call, 4, weights);
  own.dQuery = needed(call, 5, queries);
  own.dKey = needed(call, 6, keys);
  own.dValue = needed(call, 7, keys);
  attend(call, &own, attentionGradPart, weights, queries + keys);
}
