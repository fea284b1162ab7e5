// The output layer and the choice of the likeliest tokens, as packages/wasm/src/assembly/engine/choose.ts. Sums of
// exponentials are computed for blocks of the vocabulary and added in order, so they do not depend on the threads.
#pragma once
#include "engine-task.h"

#define LEAST (-3.4e38f)

/** This thread's columns of the vocabulary, as blocks, and where its lists are. */
typedef struct {
  const Linear *head;
  int rows, part, parts, blocks, first, last, from, to;
} Share;

INLINE int any(Ints mask) {
#if LANES == 16
  return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif LANES == 8
  return !_mm256_testz_si256((__m256i)mask, (__m256i)mask);
#else
  return vmaxvq_u32((uint32x4_t)mask) != 0;
#endif
}

/** Inserts a value into a descending list, after its equals; the last one drops out. */
static void insert(float value, int32_t id, int count, float *values, int32_t *ids) {
  int at = count - 1;
  for (; at > 0 && values[at - 1] < value; at--) {
    values[at] = values[at - 1];
    ids[at] = ids[at - 1];
  }
  values[at] = value;
  ids[at] = id;
}

/** Adds a row's columns from … to that are not banned to a list of the `count` largest, in order; ties keep the first. */
static void pick(const float *row, int from, int to, const uint8_t *banned, int count, float *values, int32_t *ids) {
  for (int j = from; j < to; j += LANES) {
    if (!any(load(row + j) > splat(values[count - 1]))) continue;
    for (int i = j; i < j + LANES; i++)
      if (row[i] > values[count - 1] && !banned[i]) insert(row[i], i, count, values, ids);
  }
}

static void emptyList(int count, float *values, int32_t *ids) {
  for (int i = 0; i < count; i++) {
    values[i] = LEAST;
    ids[i] = 0;
  }
}

/** The largest number of a block, and Σ exp(x − largest). */
static void sumBlock(const float *x, int n, float *out) {
  Floats most = splat(LEAST), sum = splat(0);
  for (int j = 0; j < n; j += LANES) most = max_(most, load(x + j));
  out[0] = maxLanes(most);
  for (int j = 0; j < n; j += LANES) sum += exp_(load(x + j) - splat(out[0]));
  out[1] = sumLanes(sum);
}

/** Merges the parts' lists of one row, in the order of the vocabulary. */
static void joinLists(const Task *task, int r, int parts) {
  const Job *job = task->job;
  int count = job->count;
  float *values = floats(task, job->values) + (Index)r * count;
  int32_t *ids = (int32_t *)(task->memory + job->bestIds) + (Index)r * count;
  const float *partValues = floats(task, job->partValues) + (Index)r * parts * count;
  const int32_t *partIds = words(task, job->partIds) + (Index)r * parts * count;
  memcpy(values, partValues, (size_t)count * 4);
  memcpy(ids, partIds, (size_t)count * 4);
  for (int i = count; i < parts * count; i++)
    if (partValues[i] > values[count - 1]) insert(partValues[i], partIds[i], count, values, ids);
}

/** Turns the best logits of one row into log-probabilities. */
static void normaliseList(const Task *task, int r, int blocks) {
  const Job *job = task->job;
  float *values = floats(task, job->values) + (Index)r * job->count;
  const float *sums = floats(task, job->blocks) + (Index)2 * r * blocks;
  float largest = LEAST;
  for (int b = 0; b < blocks; b++) largest = sums[2 * b] > largest ? sums[2 * b] : largest;
  double total = 0;
  for (int b = 0; b < blocks; b++) total += (double)(sums[2 * b + 1] * exp_(splat(sums[2 * b] - largest))[0]);
  double all = (double)largest + logOf(total);
  for (int i = 0; i < job->count; i++) values[i] = (float)((double)values[i] - all);
}

/** Logits, and the `count` likeliest ids of each row with their log-probabilities. */
static void score(const Task *task, const Share *own) {
  const Job *job = task->job;
  const Linear *head = own->head;
  int V = head->n, D = head->k;
  float *logits = floats(task, job->logits);
  for (int r = task->from, rows; r < task->to; r += rows) {
    rows = chunk(task->to - r);
    Inputs in = prepare(head, task->x + (Index)r * D, D, rows, &task->space);
    product(task->memory, head, &in, logits + (Index)r * V, V, own->from, own->to, SET, &task->space);
  }
  const uint8_t *banned = task->memory + job->banned;
  for (int r = task->from; r < task->to; r++) {
    const float *row = logits + (Index)r * V;
    float *sums = floats(task, job->blocks) + (Index)2 * r * own->blocks;
    for (int b = own->first; b < own->last; b++) {
      int n = V - b * SUM_BLOCK < SUM_BLOCK ? V - b * SUM_BLOCK : SUM_BLOCK;
      sumBlock(row + b * SUM_BLOCK, n, sums + 2 * b);
    }
    Index best = ((Index)r * own->parts + own->part) * job->count;
    float *values = floats(task, job->partValues) + best;
    int32_t *ids = (int32_t *)(task->memory + job->partIds) + best;
    emptyList(job->count, values, ids);
    pick(row, own->from, own->to, banned, job->count, values, ids);
  }
  meet(task);
  for (int r = task->from + own->part; r < task->to; r += own->parts) {
    joinLists(task, r, own->parts);
    normaliseList(task, r, own->blocks);
  }
}

/** ‖x‖, rounded up. */
static float lengthOf(const float *x, int k) {
  Floats squares = splat(0);
  for (int p = 0; p < k; p += LANES) squares += load(x + p) * load(x + p);
  return sqrt_(splat(sumLanes(squares)))[0] * 1.0001f;
}

/** The largest lower bound of the columns from … to that are not banned. */
static float lowerBound(const Task *task, const float *row, float length, int from, int to) {
  const Job *job = task->job;
  const float *radii = floats(task, job->radii);
  const uint8_t *banned = task->memory + job->banned;
  float best = LEAST;
  for (int j = from; j < to; j += LANES) {
    Floats low = load(row + j) - (load(radii + j) * splat(length) + splat(job->slack));
    if (!any(low > splat(best))) continue;
    for (int i = 0; i < LANES; i++)
      if (!banned[j + i] && low[i] > best) best = low[i];
  }
  return best;
}

/**
 * The likeliest id of each row with the help of an int8 product, whose numbers are within a known radius of the logits. Only
 * columns whose upper bound reaches the largest lower bound are computed in full, sixteen at once.
 */
static void screenRows(const Task *task, const Share *own) {
  const Job *job = task->job;
  const Linear *head = own->head, *screen = linearAt(task, job->screen);
  int V = head->n, D = head->k;
  float *logits = floats(task, job->logits), *bounds = floats(task, job->bounds);
  const float *radii = floats(task, job->radii);
  const uint8_t *banned = task->memory + job->banned;
  for (int r = task->from, rows; r < task->to; r += rows) {
    rows = chunk(task->to - r);
    Inputs in = prepare(screen, task->x + (Index)r * D, D, rows, &task->space);
    product(task->memory, screen, &in, logits + (Index)r * V, V, own->from, own->to, SET, &task->space);
    for (int i = r; i < r + rows; i++)
      bounds[i * own->parts + own->part] =
          lowerBound(task, logits + (Index)i * V, lengthOf(task->x + (Index)i * D, D), own->from, own->to);
  }
  meet(task);
  for (int r = task->from; r < task->to; r++) {
    float bound = LEAST;
    for (int i = 0; i < own->parts; i++) {
      float other = bounds[r * own->parts + i];
      bound = other > bound ? other : bound;
    }
    float *row = logits + (Index)r * V;
    Floats length = splat(lengthOf(task->x + (Index)r * D, D)), slack = splat(job->slack);
    float *values = floats(task, job->partValues) + (Index)r * own->parts + own->part;
    int32_t *ids = (int32_t *)(task->memory + job->partIds) + (Index)r * own->parts + own->part;
    Inputs in = prepare(head, task->x + (Index)r * D, D, 1, &task->space);
    emptyList(1, values, ids);
    for (int j = own->from; j < own->to; j += 16) {
      Ints reached = {0};
      for (int i = j; i < j + 16; i += LANES)
        reached |= load(row + i) + (load(radii + i) * length + slack) >= splat(bound);
      if (!any(reached)) continue;
      product(task->memory, head, &in, row, V, j, j + 16, SET, &task->space);
      pick(row, j, j + 16, banned, 1, values, ids);
    }
  }
  meet(task);
  for (int r = task->from + own->part; r < task->to; r += own->parts) joinLists(task, r, own->parts);
}

/** The choice for this thread's rows, from all columns or after screening. */
static void chooseTokens(const Task *task) {
  const Linear *head = linearAt(task, task->job->head);
  Share own = {.head = head, .part = task->part, .parts = task->parts, .blocks = (head->n + SUM_BLOCK - 1) / SUM_BLOCK};
  own.first = own.blocks * own.part / own.parts;
  own.last = own.blocks * (own.part + 1) / own.parts;
  own.from = own.first * SUM_BLOCK;
  own.to = own.last * SUM_BLOCK < head->n ? own.last * SUM_BLOCK : head->n;
  if (task->job->screen) screenRows(task, &own);
  else score(task, &own);
}
