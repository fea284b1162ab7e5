// Cross-entropy with label smoothing, row by row. Sums over the vocabulary run in float32 for 256 numbers, then float64.
#pragma once
#include "call.h"
#include "functions.h"
#include "pointwise.h"

typedef struct {
  long rows;
  int v;
  const float *logits, *dy, *logSums;
  const int32_t *labels;
  float *losses, *logSumExp, *dLogits;
  float smoothing;
  int32_t ignore;
} Loss;

/** The largest of `count` > 0 numbers; any of them if one is not a number. */
static float largestOf(const float *x, long count) {
  Floats tops[4];
  for (int k = 0; k < 4; k++) tops[k] = splat(x[0]);
  long from = 0;
  for (; from + 4 * LANES <= count; from += 4 * LANES)
    for (int k = 0; k < 4; k++) tops[k] = max_(tops[k], load(x + from + k * LANES));
  EACH_WITHIN(from, count, { tops[0] = max_(tops[0], KEEP(LOAD(x), splat(x[0]))); })
  return maxLanes(max_(max_(tops[0], tops[1]), max_(tops[2], tops[3])));
}

static void crossEntropyPart(void *data, int part, int parts) {
  enum { BLOCK = 256 };
  const Loss *own = data;
  const long v = own->v, last = shareFrom(own->rows, 1, part + 1, parts);
  for (long row = shareFrom(own->rows, 1, part, parts); row < last; row++) {
    const float *logits = own->logits + row * v;
    const float largest = v > 0 ? largestOf(logits, v) : 0;
    const Floats top = splat(largest);
    double total = 0, mean = 0;
    for (long from = 0; from < v; from += BLOCK) {
      Floats sums = splat(0), plain = splat(0);
      EACH_WITHIN(from, from + BLOCK < v ? from + BLOCK : v, {
        Floats x = LOAD(logits) - top;
        plain += KEEP(x, splat(0));
        sums += KEEP(exp_(x), splat(0));
      })
      total += sumLanes(sums);
      mean += sumLanes(plain);
    }
    // exp_ makes 0 of what is not a number: say so instead
    const double log = mean == mean ? logOf(total) : mean;
    own->logSumExp[row] = (float)((double)largest + log);
    const int32_t label = own->labels[row];
    double loss = 0;
    if (label != own->ignore) {
      // avoids 0 · ∞ if a logit is −∞
      if (own->smoothing != 0) loss = (double)own->smoothing * (log - mean / (double)v);
      if ((uint32_t)label < (uint32_t)v)
        loss += (1 - (double)own->smoothing) * (log - (double)(logits[label] - largest));
    }
    own->losses[row] = (float)loss;
  }
}

/** crossEntropy(logits, labels, losses, logSumExp, rows, v, smoothing, ignore) */
static void crossEntropy(Call *call) {
  Loss own = {.rows = sizeOf(call, 4), .v = sizeOf(call, 5), .smoothing = real(call, 6), .ignore = whole(call, 7)};
  const double column = 4.0 * (double)own.rows, bytes = column * own.v;
  own.logits = needed(call, 0, bytes);
  own.labels = needed(call, 1, column);
  own.losses = needed(call, 2, column);
  own.logSumExp = needed(call, 3, column);
  if (!call->error[0]) share(call, crossEntropyPart, &own, bytes >= 4.0 * WORTH_SHARING);
}

static void crossEntropyGradPart(void *data, int part, int parts) {
  const Loss *own = data;
  const long v = own->v, last = shareFrom(own->rows, 1, part + 1, parts);
  const Floats spread = splat(own->smoothing / (float)v);
  for (long row = shareFrom(own->rows, 1, part, parts); row < last; row++) {
    const float *logits = own->logits + row * v;
    float *dLogits = own->dLogits + row * v;
    const int32_t label = own->labels[row];
    if (label == own->ignore) {
      memset(dLogits, 0, 4 * (size_t)v);
      continue;
    }
    const float slope = own->dy[row];
    const Floats slopes = splat(slope), log = splat(own->logSums[row]);
    EACH_WITHIN(0, v, { STORE(dLogits, slopes * (exp_(LOAD(logits) - log) - spread)); })
    if ((uint32_t)label < (uint32_t)v) dLogits[label] -= slope * (1 - own->smoothing);
  }
}

/** crossEntropyGrad(dy, logits, labels, logSumExp, dLogits, rows, v, smoothing, ignore) */
static void crossEntropyGrad(Call *call) {
  Loss own = {.rows = sizeOf(call, 5), .v = sizeOf(call, 6), .smoothing = real(call, 7), .ignore = whole(call, 8)};
  const double column = 4.0 * (double)own.rows, bytes = column * own.v;
  own.dy = needed(call, 0, column);
  own.logits = needed(call, 1, bytes);
  own.labels = needed(call, 2, column);
  own.logSums = needed(call, 3, column);
  own.dLogits = needed(call, 4, bytes);
  if (!call->error[0]) share(call, crossEntropyGradPart, &own, bytes >= 4.0 * WORTH_SHARING);
}
