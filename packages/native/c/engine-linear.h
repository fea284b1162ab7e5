// Products of any kind of weights, and rows of an embedding table.
#pragma once
#include "engine-int8.h"

/** A thread's space for prepared inputs. */
typedef struct {
  /** Tiles of f32, or bytes: [TOGETHER k] numbers of four bytes. */
  float *packed;
  /** [TOGETHER] */
  float *scales;
  /** A depth of bf16 weights as f32: [DEPTH GROUP] */
  float *widened;
} Space;

/** Prepares at most TOGETHER rows for products with weights of the linear's kind and number of inputs. */
static Inputs prepare(const Linear *linear, const float *a, Index aRow, int rows, const Space *space) {
  Inputs in = {.a = a, .aRow = aRow, .rows = rows, .k = linear->k};
  if (linear->kind == INT8) {
    in.bytes = (const uint8_t *)space->packed;
    in.scales = space->scales;
    packBytes(a, aRow, rows, in.k, (uint8_t *)space->packed, space->scales);
  } else if (rows > FEW_ROWS) {
    in.packed = space->packed;
    packTiles(a, aRow, rows, in.k, space->packed);
  }
  return in;
}

/** Columns from … to (multiples of 16) of C[rows, n]; `c` is its first row, rows are `cRow` numbers apart. */
static void product(const uint8_t *memory, const Linear *linear, const Inputs *in, float *c, Index cRow, int from, int to,
                    Finish finish, const Space *space) {
  if (linear->kind == INT8) productBytes(memory, linear, in, c, cRow, from, to, finish);
  else if (in->packed) productTiles(memory, linear, in, c, cRow, from, to, finish, space->widened);
  else {
    productFew(memory, linear, in, c, cRow, from, to, finish == ADD);
    if (finish == GELU) geluBlock(c + from, cRow, in->rows, to - from);
  }
}

/** Row `id` of a table whose rows are the linear's columns: y = W[·, id]·scale. */
static void column(const uint8_t *memory, const Linear *linear, int id, float scale, float *y) {
  const uint8_t *weights = memory + linear->weights;
  int k = linear->k;
  if (linear->kind == INT8) {
    const int8_t *w = (const int8_t *)weights + (id >> 4) * (Index)16 * k + 4 * (id & 15);
    float unit = ((const float *)(memory + linear->scale))[id] * scale;
    for (int p = 0; p < k; p++) y[p] = (float)w[(p >> 2) * 64 + (p & 3)] * unit;
    return;
  }
  Group group = groupOf(linear, id);
  if (linear->kind == F32) {
    const float *w = (const float *)weights + group.before + group.place;
    for (int p = 0; p < k; p++) y[p] = w[(Index)p * group.width] * scale;
    return;
  }
  int half = group.width / 2;
  const uint16_t *w = (const uint16_t *)weights + group.before + 2 * (group.place % half) + group.place / half;
  for (int p = 0; p < k; p++) {
    uint32_t bits = (uint32_t)w[(Index)p * group.width] << 16;
    float value;
    memcpy(&value, &bits, 4);
    y[p] = value * scale;
  }
}
