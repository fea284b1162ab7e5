// Arithmetic of tensors that TensorFlow.js' own kernels do in a quarter of the speed: there are no twins in @ringformer/wasm.
#pragma once
#include "call.h"
#include "pointwise.h"

enum { ADD, SUBTRACT, MULTIPLY, OPERATIONS };

typedef struct {
  const float *a, *b;
  float *out;
  /** Operands repeat after so many numbers; the longer one has `size`. */
  long aSize, bSize, size;
  int operation;
} Arithmetic;

INLINE Floats calculate(const int operation, Floats x, Floats y) {
  return operation == ADD ? x + y : operation == SUBTRACT ? x - y : x * y;
}

INLINE void arithmeticRange(const Arithmetic *own, const int operation, long from, long to) {
  const long shorter = own->aSize < own->bSize ? own->aSize : own->bSize;
  if (shorter == 1) {
    const int scalarA = own->aSize == 1 && own->size > 1, scalarB = own->bSize == 1 && own->size > 1;
    const Floats x = splat(own->a[0]), y = splat(own->b[0]);
    EACH_WITHIN(from, to, { STORE(own->out, calculate(operation, scalarA ? x : LOAD(own->a), scalarB ? y : LOAD(own->b))); })
    return;
  }
  while (from < to) {
    // as far as neither operand begins again
    const long start = from % shorter, rest = shorter - start, length = to - from < rest ? to - from : rest;
    const float *a = own->a + from % own->aSize, *b = own->b + from % own->bSize;
    float *out = own->out + from;
    EACH_WITHIN(0, length, { STORE(out, calculate(operation, LOAD(a), LOAD(b))); })
    from += length;
  }
}

static void arithmeticPart(void *data, int part, int parts) {
  const Arithmetic *own = data;
  const long from = shareFrom(own->size, 64, part, parts), to = shareFrom(own->size, 64, part + 1, parts);
  switch (own->operation) {
  case ADD: arithmeticRange(own, ADD, from, to); break;
  case SUBTRACT: arithmeticRange(own, SUBTRACT, from, to); break;
  default: arithmeticRange(own, MULTIPLY, from, to);
  }
}

/** arithmetic(operation, a, aSize, b, bSize, out): out[i] = a[i mod aSize] ∘ b[i mod bSize]; one size divides the other. */
static void arithmetic(Call *call) {
  Arithmetic own = {.operation = sizeOf(call, 0), .aSize = sizeOf(call, 2), .bSize = sizeOf(call, 4)};
  own.size = own.aSize > own.bSize ? own.aSize : own.bSize;
  const long shorter = own.aSize < own.bSize ? own.aSize : own.bSize;
  if (!call->error[0] && (own.operation >= OPERATIONS || shorter == 0 || own.size % shorter != 0))
    snprintf(call->error, sizeof call->error, "expected an operation below %d and sizes that divide each other, got %d, %ld, %ld",
             OPERATIONS, own.operation, own.aSize, own.bSize);
  own.a = needed(call, 1, 4.0 * (double)own.aSize);
  own.b = needed(call, 3, 4.0 * (double)own.bSize);
  own.out = needed(call, 5, 4.0 * (double)own.size);
  if (!call->error[0]) share(call, arithmeticPart, &own, own.size >= WORTH_SHARING);
}

/** Numbers whose sum is a float; the sums of blocks are added as doubles, in their order. */
enum { SUM_BLOCK = 4096 };

typedef struct {
  const float *x;
  float *out;
  long rows, width;
  /** Blocks of each row. */
  long blocks;
  float *sums;
} RowSums;

static float sumBlock(const float *x, long count) {
  Floats sums[4] = {splat(0), splat(0), splat(0), splat(0)};
  long from = 0;
  for (; from + 4 * LANES <= count; from += 4 * LANES)
    for (int k = 0; k < 4; k++) sums[k] += load(x + from + k * LANES);
  EACH_WITHIN(from, count, { sums[0] += LOAD(x); })
  return sumLanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

static void sumPart(void *data, int part, int parts) {
  const RowSums *own = data;
  const long count = own->rows * own->blocks, last = shareFrom(count, 1, part + 1, parts);
  for (long z = shareFrom(count, 1, part, parts); z < last; z++) {
    const long from = z % own->blocks * SUM_BLOCK, left = own->width - from;
    own->sums[z] = sumBlock(own->x + z / own->blocks * own->width + from, left < SUM_BLOCK ? left : SUM_BLOCK);
  }
}

/** sumRows(x, out, rows, width): out[i] = Σ_j x[i, j] */
static void sumRows(Call *call) {
  RowSums own = {.rows = sizeOf(call, 2), .width = sizeOf(call, 3)};
  const double size = (double)own.rows * (double)own.width;
  own.x = needed(call, 0, 4.0 * size);
  own.out = needed(call, 1, 4.0 * (double)own.rows);
  if (call->error[0]) return;
  own.blocks = (own.width + SUM_BLOCK - 1) / SUM_BLOCK;
  own.sums = scratchOf(call, 0, 4.0 * (double)own.rows * (double)own.blocks + 4);
  if (call->error[0]) return;
  share(call, sumPart, &own, size >= WORTH_SHARING);
  for (long row = 0; row < own.rows; row++) {
    double sum = 0;
    for (long block = 0; block < own.blocks; block++) sum += (double)own.sums[row * own.blocks + block];
    own.out[row] = (float)sum;
  }
}

typedef struct {
  const float *x;
  const int32_t *ids;
  float *out;
  long rows, width, segments;
} Segments;

static void segmentPart(void *data, int part, int parts) {
  const Segments *own = data;
  const long width = own->width, from = shareFrom(own->segments, 1, part, parts), to = shareFrom(own->segments, 1, part + 1, parts);
  memset(own->out + from * width, 0, 4 * (size_t)(to - from) * (size_t)width);
  for (long row = 0; row < own->rows; row++) {
    const int32_t id = own->ids[row];
    if (id < from || id >= to) continue;
    const float *x = own->x + row * width;
    float *out = own->out + id * width;
    EACH_WITHIN(0, width, { STORE(out, LOAD(out) + LOAD(x)); })
  }
}

/** segmentSum(x, ids, out, rows, width, segments). Each thread has its own segments. */
static void segmentSum(Call *call) {
  Segments own = {.rows = sizeOf(call, 3), .width = sizeOf(call, 4), .segments = sizeOf(call, 5)};
  const double size = (double)own.segments * (double)own.width;
  own.x = needed(call, 0, 4.0 * (double)own.rows * (double)own.width);
  own.ids = needed(call, 1, 4.0 * (double)own.rows);
  own.out = needed(call, 2, 4.0 * size);
  if (!call->error[0]) share(call, segmentPart, &own, size >= WORTH_SHARING);
}
