// Layer norm of x + dropout(residual), row by row; residual NULL: only x; scale 0: no dropout.
#pragma once
#include "call.h"
#include "functions.h"
#include "pointwise.h"

typedef struct {
  long rows;
  int d;
  const float *x, *residual, *weight, *bias, *dy;
  float *y, *stats, *dResidual;
  float epsilon;
  uint32_t base;
  int threshold;
  float scale;
  /** The gradient sums dWeight and dBias over blocks of so many rows, each in its own place: sums [blocks, 2, d]. */
  long blockRows;
  float *sums;
} Norm;

enum { PLAIN_INPUT, ADDED, ADDED_WITH_DROPOUT };

/** x + mask·residual at `i` of a row that starts at element `first`. */
#define NORM_INPUT                                                                                                     \
  (kind == PLAIN_INPUT ? LOAD(x)                                                                                       \
   : kind == ADDED     ? LOAD(x) + LOAD(residual)                                                                      \
                       : LOAD(x) + LOAD(residual) * maskAt(first + (uint32_t)i, own->base, own->threshold, own->scale))

INLINE void normRows(const Norm *own, const int kind, long from, long to) {
  const int d = own->d;
  for (long row = from; row < to; row++) {
    const float *x = own->x + row * d, *residual = own->residual + (kind == PLAIN_INPUT ? 0 : row * d);
    float *y = own->y + row * d;
    const uint32_t first = (uint32_t)row * (uint32_t)d;
    Floats sums = splat(0);
    EACH_WITHIN(0, d, {
      Floats sum = NORM_INPUT;
      STORE(y, sum);
      sums += sum;
    })
    const float mean = sumLanes(sums) / (float)d;
    sums = splat(0);
    EACH_WITHIN(0, d, {
      Floats away = KEEP(LOAD(y) - splat(mean), splat(0));
      sums = fma_(away, away, sums);
    })
    const float rate = 1 / __builtin_sqrtf(sumLanes(sums) / (float)d + own->epsilon);
    own->stats[2 * row] = mean;
    own->stats[2 * row + 1] = rate;
    EACH_WITHIN(0, d, {
      Floats unit = (LOAD(y) - splat(mean)) * splat(rate);
      STORE(y, fma_(unit, LOAD(own->weight), LOAD(own->bias)));
    })
  }
}

static int normKind(const Norm *own) { return !own->residual ? PLAIN_INPUT : own->scale == 0 ? ADDED : ADDED_WITH_DROPOUT; }

static void normPart(void *data, int part, int parts) {
  const Norm *own = data;
  const long from = shareFrom(own->rows, 1, part, parts), to = shareFrom(own->rows, 1, part + 1, parts);
  switch (normKind(own)) {
  case PLAIN_INPUT: normRows(own, PLAIN_INPUT, from, to); break;
  case ADDED: normRows(own, ADDED, from, to); break;
  default: normRows(own, ADDED_WITH_DROPOUT, from, to);
  }
}

/** layerNorm(x, residual, weight, bias, y, stats, rows, d, epsilon, seed, threshold, scale) */
static void layerNorm(Call *call) {
  Norm own = {.rows = sizeOf(call, 6), .d = sizeOf(call, 7), .epsilon = real(call, 8)};
  const double width = 4.0 * own.d, bytes = width * (double)own.rows;
  own.x = needed(call, 0, bytes);
  own.residual = span(call, 1, bytes);
  own.weight = needed(call, 2, width);
  own.bias = needed(call, 3, width);
  own.y = needed(call, 4, bytes);
  own.stats = needed(call, 5, 8.0 * (double)own.rows);
  own.base = seedBase((uint32_t)whole(call, 9));
  own.threshold = whole(call, 10);
  own.scale = real(call, 11);
  if (!call->error[0]) share(call, normPart, &own, bytes >= 4.0 * WORTH_SHARING);
}

INLINE void normGradRows(const Norm *own, const int kind, float *dWeight, float *dBias, long from, long to) {
  const int d = own->d;
  for (long row = from; row < to; row++) {
    const float *x = own->x + row * d, *residual = own->residual + (kind == PLAIN_INPUT ? 0 : row * d);
    const float *dy = own->dy + row * d;
    float *dx = own->y + row * d;
    const uint32_t first = (uint32_t)row * (uint32_t)d;
    const Floats mean = splat(own->stats[2 * row]), rate = splat(own->stats[2 * row + 1]);
    Floats sums = splat(0), along = splat(0);
    EACH_WITHIN(0, d, {
      Floats unit = (NORM_INPUT - mean) * rate;
      Floats slope = LOAD(dy);
      Floats g = slope * LOAD(own->weight);
      STORE(dx, unit);
      STORE(dWeight, fma_(slope, unit, LOAD(dWeight)));
      STORE(dBias, slope + LOAD(dBias));
      sums += g;
      along = fma_(g, unit, along);
    })
    const Floats sum = splat(sumLanes(sums) / (float)d), dot = splat(sumLanes(along) / (float)d);
    float *dResidual = own->dResidual + (kind == PLAIN_INPUT ? 0 : row * d);
    EACH_WITHIN(0, d, {
      Floats slope = rate * ((LOAD(dy) * LOAD(own->weight) - sum) - LOAD(dx) * dot);
      STORE(dx, slope);
      if (kind == ADDED) {
        STORE(dResidual, slope);
      } else if (kind == ADDED_WITH_DROPOUT) {
        slope *= maskAt(first + (uint32_t)i, own->base, own->threshold, own->scale);
        STORE(dResidual, slope);
      }
    })
  }
}

static void normGradPart(void *data, int part, int parts) {
  const Norm *own = data;
  const long blocks = (own->rows + own->blockRows - 1) / own->blockRows, last = shareFrom(blocks, 1, part + 1, parts);
  const int kind = normKind(own);
  for (long block = shareFrom(blocks, 1, part, parts); block < last; block++) {
    float *dWeight = own->sums + block * 2 * own->d, *dBias = dWeight + own->d;
    memset(dWeight, 0, 8 * (size_t)own->d);
    const long from = block * own->blockRows, end = from + own->blockRows, to = end < own->rows ? end : own->rows;
    switch (kind) {
    case PLAIN_INPUT: normGradRows(own, PLAIN_INPUT, dWeight, dBias, from, to); break;
    case ADDED: normGradRows(own, ADDED, dWeight, dBias, from, to); break;
    default: normGradRows(own, ADDED_WITH_DROPOUT, dWeight, dBias, from, to);
    }
  }
}

/**
 * layerNormGrad(dy, x, residual, weight, stats, dx, dResidual, dWeight, dBias, rows, d, seed, threshold, scale). The blocks
 * of rows depend on `rows` only, so the sums over rows don't depend on the threads.
 */
static void layerNormGrad(Call *call) {
  enum { BLOCKS = 64, FEWEST_ROWS = 16 };
  Norm own = {.rows = sizeOf(call, 9), .d = sizeOf(call, 10)};
  const double width = 4.0 * own.d, bytes = width * (double)own.rows;
  own.dy = needed(call, 0, bytes);
  own.x = needed(call, 1, bytes);
  own.residual = span(call, 2, bytes);
  own.weight = needed(call, 3, width);
  own.stats = needed(call, 4, 8.0 * (double)own.rows);
  own.y = needed(call, 5, bytes);
  own.dResidual = own.residual ? needed(call, 6, bytes) : NULL;
  float *dWeight = needed(call, 7, width), *dBias = needed(call, 8, width);
  own.base = seedBase((uint32_t)whole(call, 11));
  own.threshold = whole(call, 12);
  own.scale = real(call, 13);
  if (call->error[0] || own.d == 0) return;
  own.blockRows = (own.rows + BLOCKS - 1) / BLOCKS;
  if (own.blockRows < FEWEST_ROWS) own.blockRows = FEWEST_ROWS;
  own.sums = scratchOf(call, 0, 2 * width * BLOCKS);
  if (call->error[0]) return;
  share(call, normGradPart, &own, bytes >= 4.0 * WORTH_SHARING);
  memset(dWeight, 0, (size_t)width);
  memset(dBias, 0, (size_t)width);
  for (long from = 0; from < own.rows; from += own.blockRows) {
    const float *weights = own.sums + from / own.blockRows * 2 * own.d, *biases = weights + own.d;
    EACH_WITHIN(0, own.d, {
      STORE(dWeight, LOAD(dWeight) + LOAD(weights));
      STORE(dBias, LOAD(dBias) + LOAD(biases));
    })
  }
}
