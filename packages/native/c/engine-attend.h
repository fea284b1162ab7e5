// Attention: the rows of a span together, as two products, or one row whose keys are at listed addresses. A row's result
// depends on neither the other rows nor the threads.
#pragma once
#include "engine-product.h"

/** Floats that the rows of a span of n keys need. */
static inline size_t attendSpace(int n, int hp) {
  size_t keys = ((size_t)n + GROUP) * (size_t)(2 * hp + 2 * TILE_ROWS);
  return keys + (size_t)TILE_ROWS * (size_t)hp + TILE_ROWS + 64;
}

/** exp(x − largest) of the first n of `width` numbers, zeros after them. → 1/Σ */
INLINE float softmax(float *x, int n, int width, float scale) {
  for (int j = n; j < width; j++) x[j] = -3e38f;
  Floats most = splat(-3e38f);
  for (int j = 0; j < n / LANES * LANES; j += LANES) {
    Floats y = load(x + j) * splat(scale);
    store(x + j, y);
    most = max_(most, y);
  }
  for (int j = n / LANES * LANES; j < n; j++) {
    x[j] *= scale;
    most = max_(most, splat(x[j]));
  }
  most = splat(maxLanes(most));
  Floats total = splat(0);
  for (int j = 0; j < width; j += LANES) {
    Floats e = exp_(load(x + j) - most);
    total += e;
    store(x + j, e);
  }
  return 1 / sumLanes(total);
}

/** out = softmax(q·kᵀ·scale)·v of one head, for rows that attend to the same n keys; k and v are `row` numbers apart. */
static void attendRows(const float *q, Index qRow, int rows, const float *k, const float *v, Index row, int n, int hp,
                       float scale, float *out, Index outRow, float *space) {
  int width = (n + 15) & ~15, whole = (n + 3) & ~3;
  float *keys = space, *values = keys + (Index)width * hp, *queries = values + (Index)whole * hp;
  float *scores = queries + TILE_ROWS * (Index)hp, *packed = scores + TILE_ROWS * (Index)width;
  // keys: [width/32][hp][32], values: [hp/32][whole][32], the last group of each may have 16 columns
  for (int j = 0; j < width; j += 4) {
    int group = j & ~(GROUP - 1), columns = width - group < GROUP ? width - group : GROUP;
    float *to = keys + (Index)group * hp + (j - group);
    const float *x = k + j * row;
    if (j + 4 <= n) {
      for (int p = 0; p < hp; p += 4)
        transpose4(x + p, x + row + p, x + 2 * row + p, x + 3 * row + p, to + (Index)p * columns, columns);
      continue;
    }
    for (int p = 0; p < hp; p++)
      for (int i = 0; i < 4; i++) to[(Index)p * columns + i] = j + i < n ? x[i * row + p] : 0;
  }
  for (int p = 0; p < hp; p += GROUP) {
    int columns = hp - p < GROUP ? hp - p : GROUP;
    float *to = values + (Index)p * whole;
    for (int j = 0; j < n; j++, to += columns) memcpy(to, v + j * row + p, (size_t)columns * 4);
    memset(to, 0, (size_t)(whole - n) * (size_t)columns * 4);
  }
  int tiles = tilesOf(rows);
  for (int t = 0; t < tiles; t++) {
    int r0 = tileFrom(rows, tiles, t), count = tileFrom(rows, tiles, t + 1) - r0;
    float share[TILE_ROWS];
    packRows(q + r0 * qRow, qRow, count, hp, queries);
    for (int j = 0; j < width; j += GROUP) {
      int columns = width - j < GROUP ? width - j : GROUP;
      tileColumns(count, columns, hp, queries, keys + (Index)j * hp, columns, scores + j, width, NOTHING, 0);
    }
    for (int i = 0; i < count; i++) share[i] = softmax(scores + (Index)i * width, n, width, scale);
    packRows(scores, width, count, whole, packed);
    float *to = out + r0 * outRow;
    for (int p = 0; p < hp; p += GROUP) {
      int columns = hp - p < GROUP ? hp - p : GROUP;
      tileColumns(count, columns, whole, packed, values + (Index)p * whole, columns, to + p, outRow, NOTHING, 0);
    }
    for (int i = 0; i < count; i++)
      for (int p = 0; p < hp; p += LANES) store(to + i * outRow + p, load(to + i * outRow + p) * splat(share[i]));
  }
}

#if LANES == 4
INLINE void fourSums(Floats a, Floats b, Floats c, Floats d, float *to) {
  vst1q_f32(to, vpaddq_f32(vpaddq_f32((float32x4_t)a, (float32x4_t)b), vpaddq_f32((float32x4_t)c, (float32x4_t)d)));
}
#else
INLINE __m128 quarter(Floats x) {
#if LANES == 16
  __m256 y = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
#else
  __m256 y = x;
#endif
  return _mm_add_ps(_mm256_castps256_ps128(y), _mm256_extractf128_ps(y, 1));
}
/** [Σa, Σb, Σc, Σd] */
INLINE void fourSums(Floats a, Floats b, Floats c, Floats d, float *to) {
  __m128 ab = _mm_hadd_ps(quarter(a), quarter(b)), cd = _mm_hadd_ps(quarter(c), quarter(d));
  _mm_storeu_ps(to, _mm_hadd_ps(ab, cd));
}
#endif

/**
 * out = softmax(q·kᵀ·scale + mask)·v of one row and head. Keys are at keys[j] + head, for n keys and up to the next multiple of
 * four; each value is `value` numbers after its key.
 */
static void attendOne(const float *q, const float *const *keys, int n, Index head, Index value, int hp, float scale,
                      const float *mask, float *scores, float *out) {
  int whole = (n + 3) & ~3, width = (n + LANES - 1) / LANES * LANES;
  for (int j = 0; j < whole; j += 4) {
    const float *k0 = keys[j] + head, *k1 = keys[j + 1] + head, *k2 = keys[j + 2] + head, *k3 = keys[j + 3] + head;
    Floats s0 = splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (int p = 0; p < hp; p += LANES) {
      Floats x = load(q + p);
      s0 = fma_(x, load(k0 + p), s0);
      s1 = fma_(x, load(k1 + p), s1);
      s2 = fma_(x, load(k2 + p), s2);
      s3 = fma_(x, load(k3 + p), s3);
    }
    fourSums(s0, s1, s2, s3, scores + j);
  }
  if (mask) {
    for (int j = 0; j < n; j++) scores[j] = scores[j] * scale + mask[j];
    scale = 1;
  }
  float share = softmax(scores, n, width, scale);
  for (int p = 0; p < hp; p += 16) {
    Floats y[4][16 / LANES];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
#pragma GCC unroll 4
      for (int u = 0; u < 16 / LANES; u++) y[i][u] = splat(0);
    for (int j = 0; j < whole; j += 4) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) {
        Floats w = splat(scores[j + i]);
        const float *v = keys[j + i] + head + value + p;
#pragma GCC unroll 4
        for (int u = 0; u < 16 / LANES; u++) y[i][u] = fma_(w, load(v + u * LANES), y[i][u]);
      }
    }
#pragma GCC unroll 4
    for (int u = 0; u < 16 / LANES; u++)
      store(out + p + u * LANES, ((y[0][u] + y[1][u]) + (y[2][u] + y[3][u])) * splat(share));
  }
}
