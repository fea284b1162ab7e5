// One pass of the ring, as packages/wasm/src/assembly/engine/passes.ts. With few rows, threads divide the columns of every
// product and meet between products, so each core keeps its columns of the weights in its cache. With many, they divide the
// rows and meet only where rows attend to each other.
#pragma once
#include "engine-task.h"

/** Queries, keys and values (`first` to `last` of them) of this thread's heads, with the level's signals, which read x. */
static void projectHeads(const Task *task, const Level *level, const float *input, float *qkv, int first, int last) {
  const Stack *stack = task->stack;
  const uint8_t *memory = task->memory;
  int D = stack->D, E = stack->E, hp = stack->hp, R = stack->R;
  int h0 = stack->heads * task->part / task->parts * hp, h1 = stack->heads * (task->part + 1) / task->parts * hp;
  const Linear *projection = linearAt(task, stack->qkv);
  for (int r = task->from, rows; r < task->to; r += rows) {
    rows = chunk(task->to - r);
    float *c = qkv + (Index)r * 3 * E;
    Inputs in = prepare(projection, input + (Index)r * D, D, rows, &task->space);
    if (h1 - h0 == E) product(memory, projection, &in, c, 3 * E, first * E, last * E, SET, &task->space);
    else
      for (int third = first; third < last; third++)
        product(memory, projection, &in, c, 3 * E, third * E + h0, third * E + h1, SET, &task->space);
    if (!R) continue;
    const Linear *down = linearAt(task, level->down);
    float *read = task->u + (Index)r * 3 * R;
    if (input != task->x) in = prepare(down, task->x + (Index)r * D, D, rows, &task->space);
    product(memory, down, &in, read, 3 * R, first * R, last * R, SET, &task->space);
    for (int third = first; third < last; third++) {
      const Linear *up = linearAt(task, third == 0 ? level->queryUp : third == 1 ? level->keyUp : level->valueUp);
      in = prepare(up, read + third * R, 3 * R, rows, &task->space);
      product(memory, up, &in, c + third * E, 3 * E, h0, h1, ADD, &task->space);
    }
  }
}

/** This thread's rows and columns of C = A·W; `inputs` and `outputs` are the widths of the rows. */
static void project(const Task *task, Address of, const float *a, int inputs, float *c, int outputs, Finish finish) {
  const Linear *linear = linearAt(task, of);
  int j0 = columnShare(task, linear->n, task->part), j1 = columnShare(task, linear->n, task->part + 1);
  for (int r = task->from, rows; r < task->to; r += rows) {
    rows = chunk(task->to - r);
    Inputs in = prepare(linear, a + (Index)r * inputs, inputs, rows, &task->space);
    product(task->memory, linear, &in, c + (Index)r * outputs, outputs, j0, j1, finish, &task->space);
  }
}

/** The level's feed-forward network, from the stream x with its signal, into `added`. */
static void feedForward(const Task *task, const Level *level) {
  const Stack *stack = task->stack;
  int D = stack->D, F = stack->F, R = stack->rankFfn;
  float *hidden = floats(task, task->workspace->hidden);
  memcpy(task->z + (Index)task->from * D, task->x + (Index)task->from * D, (size_t)(task->to - task->from) * (size_t)D * 4);
  if (R) {
    const Linear *down = linearAt(task, level->ffnDown), *up = linearAt(task, level->ffnUp);
    for (int r = task->from, rows; r < task->to; r += rows) {
      rows = chunk(task->to - r);
      float *read = task->u + (Index)r * R;
      Inputs in = prepare(down, task->x + (Index)r * D, D, rows, &task->space);
      product(task->memory, down, &in, read, R, 0, R, SET, &task->space);
      in = prepare(up, read, R, rows, &task->space);
      product(task->memory, up, &in, task->z + (Index)r * D, D, 0, D, ADD, &task->space);
    }
  }
  if (stack->preNorm)
    for (int r = task->from; r < task->to; r++) {
      float *z = task->z + (Index)r * D;
      normRow(z, z, floats(task, level->ffnNorm), stack->d, D, stack->epsilon);
    }
  project(task, stack->fc1, task->z, D, hidden, F, GELU);
  meet(task);
  project(task, stack->fc2, hidden, F, floats(task, task->workspace->added), D, SET);
  meet(task);
}

/** x = x + added, followed by the norm if norms come after (post-norm). */
static void residual(const Task *task, Address gain) {
  const Stack *stack = task->stack;
  int D = stack->D;
  const float *added = floats(task, task->workspace->added);
  for (int r = task->from; r < task->to; r++) {
    float *x = task->x + (Index)r * D;
    addRow(x, added + (Index)r * D, D);
    if (!stack->preNorm) normRow(x, x, floats(task, gain), stack->d, D, stack->epsilon);
  }
}

/** x = embedding·scale + position */
static void embed(const Task *task) {
  const Job *job = task->job;
  int D = task->stack->D;
  const Linear *table = linearAt(task, job->table);
  for (int r = task->from; r < task->to; r++) {
    float *x = task->x + (Index)r * D;
    column(task->memory, table, words(task, job->ids)[r], job->tableScale, x);
    Index position = job->kind == DECODE ? (Index)job->position : words(task, job->position)[r];
    addRow(x, floats(task, job->positions) + position * D, D);
  }
}

INLINE const Level *levelOf(const Task *task, int index) {
  return (const Level *)(task->memory + (Address)words(task, task->stack->levels)[index]);
}

/** Each row attends to the rows of its span. */
static void attendSpans(const Task *task, const float *qkv) {
  const Stack *stack = task->stack;
  int E = stack->E, hp = stack->hp;
  int h0 = stack->heads * task->part / task->parts, h1 = stack->heads * (task->part + 1) / task->parts;
  const int32_t *spans = words(task, task->job->spans);
  float *attended = floats(task, task->workspace->attended);
  for (int r = task->from, rows; r < task->to; r += rows) {
    int begin = spans[2 * r], n = spans[2 * r + 1];
    rows = begin + n - r < task->to - r ? begin + n - r : task->to - r;
    const float *keys = qkv + (Index)begin * 3 * E + E;
    for (int h = h0; h < h1; h++)
      attendRows(qkv + (Index)r * 3 * E + h * hp, 3 * E, rows, keys + h * hp, keys + E + h * hp, 3 * E, n, hp, stack->scale,
                 attended + (Index)r * E + h * hp, E, task->attention);
  }
}

/** A list of addresses of n keys, padded to a multiple of four, and room for their scores after it. */
typedef struct {
  const float **keys;
  float *scores;
} Listed;

INLINE size_t listedBytes(int n) { return ((size_t)n + 32) * (sizeof(float *) + 4); }
INLINE Listed listFor(const Task *task, int n) {
  return (Listed){(const float **)task->attention, (float *)((const float **)task->attention + n + 4)};
}
INLINE void padList(Listed list, int n) {
  for (int j = n; j < ((n + 3) & ~3); j++) list.keys[j] = list.keys[n - 1];
}

/** As `attendSpans` for the rows that `keepFirst` kept: the first of each of this thread's spans. */
static void attendFirst(const Task *task, const float *qkv, int kept) {
  const Stack *stack = task->stack;
  int E = stack->E, hp = stack->hp;
  const int32_t *spans = words(task, task->job->spans);
  float *attended = floats(task, task->workspace->attended);
  for (int r = task->from, at = task->from; r < kept; at++) {
    if (spans[2 * at] != at) continue;
    int n = spans[2 * at + 1];
    Listed list = listFor(task, n);
    for (int j = 0; j < n; j++) list.keys[j] = qkv + (Index)(at + j) * 3 * E + E;
    padList(list, n);
    for (int h = 0; h < stack->heads; h++)
      attendOne(qkv + (Index)r * 3 * E + h * hp, list.keys, n, h * hp, E, hp, stack->scale, NULL, list.scores,
                attended + (Index)r * E + h * hp);
    r++;
  }
}

/** Moves the first row of each span to the front of this thread's rows. → the end of what is kept */
static int keepFirst(const Task *task) {
  int D = task->stack->D, kept = task->from;
  const int32_t *spans = words(task, task->job->spans);
  for (int r = task->from; r < task->to; r++) {
    if (spans[2 * r] != r) continue;
    if (kept != r) {
      memcpy(task->x + (Index)kept * D, task->x + (Index)r * D, (size_t)D * 4);
      memcpy(task->z + (Index)kept * D, task->z + (Index)r * D, (size_t)D * 4);
    }
    kept++;
  }
  return kept;
}

/** All levels; with `firstOnly`, only the first row of each span remains after the last one. */
static void encodeLevels(Task *task, int firstOnly) {
  const Stack *stack = task->stack;
  const Workspace *workspace = task->workspace;
  int D = stack->D;
  for (int i = 0; i < task->job->levels; i++) {
    const Level *level = levelOf(task, i);
    int last = firstOnly && i == task->job->levels - 1;
    // by turns, because other threads may still read the previous level's
    float *qkv = floats(task, i % 2 ? workspace->qkv2 : workspace->qkv);
    const float *input = task->x;
    if (stack->preNorm) {
      for (int r = task->from; r < task->to; r++)
        normRow(task->x + (Index)r * D, task->z + (Index)r * D, floats(task, level->selfNorm), stack->d, D, stack->epsilon);
      input = task->z;
    }
    projectHeads(task, level, input, qkv, last ? 1 : 0, 3);
    if (task->byRows) poolMeet(task->shared->pool, task->threads); // for the other threads' keys
    if (last) {
      task->to = keepFirst(task);
      if (task->from == task->to) return;
      projectHeads(task, level, input, qkv, 0, 1);
      attendFirst(task, qkv, task->to);
    } else attendSpans(task, qkv);
    meet(task);
    project(task, stack->out, floats(task, workspace->attended), stack->E, floats(task, workspace->added), D, SET);
    meet(task);
    residual(task, level->selfNorm);
    feedForward(task, level);
    residual(task, level->ffnNorm);
  }
}

static void encode(Task *task) {
  embed(task);
  encodeLevels(task, 0);
  const Linear *keyValue = linearAt(task, task->job->crossKeyValue);
  project(task, task->job->crossKeyValue, task->x, task->stack->D, floats(task, task->job->memory), keyValue->n, SET);
}

/** Images, each a span of rows: the class token, whose input is zeros, then its patches. Threads divide the rows. */
static void see(Task *task) {
  const Job *job = task->job;
  const Stack *stack = task->stack;
  int D = stack->D, from = task->from;
  project(task, job->table, floats(task, job->input), linearAt(task, job->table)->k, task->x, D, SET);
  for (int r = from; r < task->to; r++)
    addRow(task->x + (Index)r * D, floats(task, job->positions) + (Index)words(task, job->position)[r] * D, D);
  encodeLevels(task, 1);
  const Linear *head = linearAt(task, job->head);
  const int32_t *spans = words(task, job->spans);
  for (int r = from, at = from; r < task->to; at++) {
    if (spans[2 * at] != at) continue;
    float *seen = task->z + (Index)r * D;
    normRow(task->x + (Index)r * D, seen, floats(task, job->lastNorm), stack->d, D, job->lastEpsilon);
    Inputs in = prepare(head, seen, D, 1, &task->space);
    float *to = floats(task, job->logits) + (Index)words(task, job->ids)[at] * head->n;
    product(task->memory, head, &in, to, head->n, 0, head->n, SET, &task->space);
    r++;
  }
}

/** Stores the new keys and values of this thread's heads and lets each row attend to its past. */
static void attendPast(const Task *task, int level, const float *qkv) {
  const Job *job = task->job;
  const Stack *stack = task->stack;
  int E = stack->E, hp = stack->hp, n = (int)job->position + 1;
  int h0 = stack->heads * task->part / task->parts, h1 = stack->heads * (task->part + 1) / task->parts;
  size_t bytes = (size_t)(h1 - h0) * (size_t)hp * 4, step = (size_t)level * job->levelStep;
  float *attended = floats(task, task->workspace->attended);
  Listed list = listFor(task, n);
  for (int r = task->from; r < task->to; r++) {
    const uint32_t *past = (const uint32_t *)(task->memory + job->past) + (Index)r * job->capacity;
    for (int j = 0; j < n; j++) list.keys[j] = (const float *)(task->memory + past[j] + step);
    padList(list, n);
    const float *q = qkv + (Index)r * 3 * E;
    float *now = (float *)list.keys[n - 1];
    memcpy(now + h0 * hp, q + E + h0 * hp, bytes);
    memcpy(now + E + h0 * hp, q + 2 * E + h0 * hp, bytes);
    const float *mask = job->masks ? floats(task, job->masks) + (Index)r * job->capacity : NULL;
    for (int h = h0; h < h1; h++)
      attendOne(q + h * hp, list.keys, n, h * hp, E, hp, stack->scale, mask, list.scores, attended + (Index)r * E + h * hp);
  }
}

/** Each row attends to its sentence's memory, which is the same at all levels. */
static void attendMemory(const Task *task, const float *queries) {
  const Stack *stack = task->stack;
  int E = stack->E, hp = stack->hp;
  int h0 = stack->heads * task->part / task->parts, h1 = stack->heads * (task->part + 1) / task->parts;
  const uint32_t *memories = (const uint32_t *)(task->memory + task->job->memories);
  float *attended = floats(task, task->workspace->attended);
  Address listed = 0;
  Listed list = {0};
  for (int r = task->from; r < task->to; r++) {
    Address base = memories[2 * r];
    int n = (int)memories[2 * r + 1];
    if (base != listed) {
      listed = base;
      list = listFor(task, n);
      for (int j = 0; j < n; j++) list.keys[j] = floats(task, base) + (Index)j * 2 * E;
      padList(list, n);
    }
    for (int h = h0; h < h1; h++)
      attendOne(queries + (Index)r * 3 * E + h * hp, list.keys, n, h * hp, E, hp, stack->scale, NULL, list.scores,
                attended + (Index)r * E + h * hp);
  }
}

/** Queries to the memory, into the first third of `qkv`. */
static void crossQueries(const Task *task, float *qkv) {
  const Stack *stack = task->stack;
  const Linear *query = linearAt(task, stack->crossQuery);
  int D = stack->D, E = stack->E, hp = stack->hp;
  int h0 = stack->heads * task->part / task->parts * hp, h1 = stack->heads * (task->part + 1) / task->parts * hp;
  for (int r = task->from, rows; r < task->to; r += rows) {
    rows = chunk(task->to - r);
    Inputs in = prepare(query, task->x + (Index)r * D, D, rows, &task->space);
    product(task->memory, query, &in, qkv + (Index)r * 3 * E, 3 * E, h0, h1, SET, &task->space);
  }
}

/** One token of every row, through all levels; x holds the stream at the end. */
static void decode(Task *task) {
  const Stack *stack = task->stack;
  float *qkv = floats(task, task->workspace->qkv), *attended = floats(task, task->workspace->attended);
  float *added = floats(task, task->workspace->added);
  embed(task);
  for (int i = 0; i < task->job->levels; i++) {
    const Level *level = levelOf(task, i);
    projectHeads(task, level, task->x, qkv, 0, 3);
    attendPast(task, i, qkv);
    meet(task);
    project(task, stack->out, attended, stack->E, added, stack->D, SET);
    meet(task);
    residual(task, level->selfNorm);
    crossQueries(task, qkv);
    attendMemory(task, qkv);
    meet(task);
    project(task, stack->crossOut, attended, stack->E, added, stack->D, SET);
    meet(task);
    residual(task, level->crossNorm);
    feedForward(task, level);
    residual(task, level->ffnNorm);
  }
}
