// Checks that everything a job reads and writes is within the memory. The host writes correct jobs; this makes a mistake an
// error instead of a crash.
#pragma once
#include "engine-passes.h"
#include <stdarg.h>

typedef struct {
  EngineCall *call;
  const uint8_t *memory;
  size_t length;
  /** The most inputs that a product has, and the most keys that a row attends to. */
  int inputs, keys;
} Check;

static void wrong(Check *check, const char *format, ...) {
  if (check->call->error[0]) return;
  va_list rest;
  va_start(rest, format);
  vsnprintf(check->call->error, sizeof check->call->error, format, rest);
  va_end(rest);
}

/** `count` things of `bytes` bytes are at `at`. */
static int within(Check *check, const char *name, Address at, double count, double bytes) {
  if (at != 0 && (at % 4 == 0 || bytes == 1) && count >= 0 && at + count * bytes <= (double)check->length) return 1;
  wrong(check, "%s: %.0f bytes at %u are not within the memory of %zu bytes", name, count * bytes, at, check->length);
  return 0;
}

/** A multiple of 16 from 16 to 2²⁴. */
static int size(Check *check, const char *name, int value) {
  if (value >= 16 && value <= 1 << 24 && value % 16 == 0) return 1;
  wrong(check, "%s: expected a multiple of 16 from 16 to %d, got %d", name, 1 << 24, value);
  return 0;
}

/** Weights with k inputs and n outputs; n = 0: any number. */
static const Linear *checkLinear(Check *check, const char *name, Address at, int n, int k) {
  if (!within(check, name, at, 1, sizeof(Linear))) return NULL;
  const Linear *linear = (const Linear *)(check->memory + at);
  if (!size(check, name, linear->n) || !size(check, name, linear->k)) return NULL;
  if ((n && linear->n != n) || (k && linear->k != k)) {
    wrong(check, "%s: expected %d outputs of %d inputs, got %d of %d", name, n, k, linear->n, linear->k);
    return NULL;
  }
  if (linear->kind < F32 || linear->kind > INT8) {
    wrong(check, "%s: weights of kind %d are unknown", name, linear->kind);
    return NULL;
  }
  int bytes = linear->kind == F32 ? 4 : linear->kind == BF16 ? 2 : 1;
  if (!within(check, name, linear->weights, (double)linear->n * linear->k, bytes)) return NULL;
  if (linear->bias && !within(check, name, linear->bias, linear->n, 4)) return NULL;
  if (linear->kind == INT8 &&
      !(within(check, name, linear->scale, linear->n, 4) && within(check, name, linear->sums, linear->n, 4)))
    return NULL;
  if (linear->k > check->inputs) check->inputs = linear->k;
  return linear;
}

static void checkLevel(Check *check, const Stack *stack, Address at, int decodes) {
  if (!within(check, "level", at, 1, sizeof(Level))) return;
  const Level *level = (const Level *)(check->memory + at);
  int D = stack->D, E = stack->E, R = stack->R;
  within(check, "selfNorm", level->selfNorm, 2.0 * D, 4);
  within(check, "ffnNorm", level->ffnNorm, 2.0 * D, 4);
  if (decodes) within(check, "crossNorm", level->crossNorm, 2.0 * D, 4);
  if (R) {
    const Linear *down = checkLinear(check, "down", level->down, 3 * R, D);
    int kind = ((const Linear *)(check->memory + stack->qkv))->kind; // both read inputs that are prepared once
    if (down && down->kind != kind) wrong(check, "down: expected weights of kind %d, as of qkv, got %d", kind, down->kind);
    checkLinear(check, "queryUp", level->queryUp, E, R);
    checkLinear(check, "keyUp", level->keyUp, E, R);
    checkLinear(check, "valueUp", level->valueUp, E, R);
  }
  if (stack->rankFfn) {
    checkLinear(check, "ffnDown", level->ffnDown, stack->rankFfn, D);
    checkLinear(check, "ffnUp", level->ffnUp, D, stack->rankFfn);
  }
}

static void checkStack(Check *check, const Job *job, const Stack *stack) {
  if (!size(check, "D", stack->D) || !size(check, "E", stack->E) || !size(check, "F", stack->F) ||
      !size(check, "hp", stack->hp) || (stack->R && !size(check, "R", stack->R)) ||
      (stack->rankFfn && !size(check, "rankFfn", stack->rankFfn)))
    return;
  if (stack->d < 1 || stack->d > stack->D || stack->heads < 1 || (Index)stack->heads * stack->hp != stack->E) {
    wrong(check, "the sizes d %d, D %d, heads %d, hp %d, E %d don't fit", stack->d, stack->D, stack->heads, stack->hp, stack->E);
    return;
  }
  int decodes = job->kind == DECODE;
  checkLinear(check, "qkv", stack->qkv, 3 * stack->E, stack->D);
  checkLinear(check, "out", stack->out, stack->D, stack->E);
  checkLinear(check, "fc1", stack->fc1, stack->F, stack->D);
  checkLinear(check, "fc2", stack->fc2, stack->D, stack->F);
  if (decodes) {
    checkLinear(check, "crossQuery", stack->crossQuery, stack->E, stack->D);
    checkLinear(check, "crossOut", stack->crossOut, stack->D, stack->E);
  }
  if (!within(check, "levels", stack->levels, job->levels, 4)) return;
  const Address *levels = (const Address *)(check->memory + stack->levels);
  for (int i = 0; i < job->levels && !check->call->error[0]; i++) checkLevel(check, stack, levels[i], decodes);
}

static void checkWorkspace(Check *check, const Job *job, const Stack *stack, const Workspace *workspace, int threads) {
  double rows = job->rows, last = (threads - 1.0) * workspace->next;
  within(check, "workspace qkv", workspace->qkv, rows * 3 * stack->E, 4);
  within(check, "workspace qkv2", workspace->qkv2, rows * 3 * stack->E, 4);
  within(check, "workspace attended", workspace->attended, rows * stack->E, 4);
  within(check, "workspace added", workspace->added, rows * stack->D, 4);
  within(check, "workspace hidden", workspace->hidden, rows * stack->F, 4);
  int read = 3 * stack->R > stack->rankFfn ? 3 * stack->R : stack->rankFfn;
  if (workspace->next % 4) wrong(check, "workspace next: expected a multiple of 4, got %u", workspace->next);
  within(check, "workspace x", workspace->x, rows * stack->D + last / 4, 4);
  within(check, "workspace z", workspace->z, rows * stack->D + last / 4, 4);
  if (read) within(check, "workspace u", workspace->u, rows * read + last / 4, 4);
}

/** Numbers at `at` from 0 to below `end`. */
static void checkIndices(Check *check, const char *name, Address at, int count, int end) {
  if (!within(check, name, at, count, 4)) return;
  const int32_t *values = (const int32_t *)(check->memory + at);
  for (int i = 0; i < count; i++)
    if (values[i] < 0 || values[i] >= end) {
      wrong(check, "%s: expected numbers from 0 to %d, got %d", name, end - 1, values[i]);
      return;
    }
}

static void checkSpans(Check *check, const Job *job) {
  if (!within(check, "spans", job->spans, 2.0 * job->rows, 4)) return;
  const int32_t *spans = (const int32_t *)(check->memory + job->spans);
  for (int r = 0; r < job->rows; r++) {
    int begin = spans[2 * r], n = spans[2 * r + 1];
    if (begin < 0 || n < 1 || begin > r || n > job->rows - begin || begin + n <= r) {
      wrong(check, "spans: row %d is not among %d rows from %d on", r, n, begin);
      return;
    }
    if (n > check->keys) check->keys = n;
  }
}

/** Every row's position, and the table they are read from. */
static void checkPositions(Check *check, const Job *job, const Stack *stack) {
  int last = 0;
  if (job->kind == DECODE) last = (int)job->position;
  else {
    checkIndices(check, "position", job->position, job->rows, 1 << 24);
    if (check->call->error[0]) return;
    const int32_t *positions = (const int32_t *)(check->memory + job->position);
    for (int r = 0; r < job->rows; r++) last = positions[r] > last ? positions[r] : last;
  }
  within(check, "positions", job->positions, (last + 1.0) * stack->D, 4);
}

static void checkPast(Check *check, const Job *job, const Stack *stack) {
  int n = (int)job->position + 1;
  double rows = job->rows;
  if (job->capacity < 1 || job->capacity > 1 << 24 || job->position >= (Address)job->capacity) {
    wrong(check, "position %u is beyond the capacity of %d", job->position, job->capacity);
    return;
  }
  if (!within(check, "past", job->past, rows * job->capacity, 4) || !within(check, "memories", job->memories, 2 * rows, 4) ||
      (job->masks && !within(check, "masks", job->masks, rows * job->capacity, 4)))
    return;
  if (job->levelStep % 4) wrong(check, "levelStep: expected a multiple of 4, got %u", job->levelStep);
  const Address *past = (const Address *)(check->memory + job->past);
  const Address *memories = (const Address *)(check->memory + job->memories);
  double levels = (job->levels - 1.0) * job->levelStep;
  for (int r = 0; r < job->rows && !check->call->error[0]; r++) {
    for (int j = 0; j < n; j++) within(check, "past", past[(Index)r * job->capacity + j], 2.0 * stack->E + levels / 4, 4);
    int keys = (int)memories[2 * r + 1];
    if (keys < 1 || !within(check, "memories", memories[2 * r], 2.0 * stack->E * keys, 4))
      wrong(check, "memories: expected at least one key, got %d", keys);
    if (keys > check->keys) check->keys = keys;
  }
  if (n > check->keys) check->keys = n;
}

static void checkChoice(Check *check, const Job *job, const Stack *stack, int parts) {
  const Linear *head = checkLinear(check, "head", job->head, 0, stack->D);
  if (!head) return;
  double rows = job->rows;
  if (job->count < 1 || job->count > head->n) {
    wrong(check, "count: expected 1 to %d, got %d", head->n, job->count);
    return;
  }
  within(check, "logits", job->logits, rows * head->n, 4);
  within(check, "banned", job->banned, head->n, 1);
  within(check, "partValues", job->partValues, rows * parts * job->count, 4);
  within(check, "partIds", job->partIds, rows * parts * job->count, 4);
  within(check, "values", job->values, rows * job->count, 4);
  within(check, "bestIds", job->bestIds, rows * job->count, 4);
  within(check, "blocks", job->blocks, rows * 2 * ((head->n + SUM_BLOCK - 1) / SUM_BLOCK), 4);
  if (!job->screen) return;
  if (job->count != 1) wrong(check, "count: expected 1 with a screen, got %d", job->count);
  const Linear *screen = checkLinear(check, "screen", job->screen, head->n, stack->D);
  if (screen && screen->kind != INT8) wrong(check, "screen: expected int8 weights, got kind %d", screen->kind);
  within(check, "radii", job->radii, head->n, 4);
  within(check, "bounds", job->bounds, rows * parts, 4);
}

/** Everything that `job` uses with this many threads. Whatever is wrong is left in the call's error. */
static void checkJob(Check *check, const Job *job, int threads) {
  if (job->kind < ENCODE || job->kind > SEE) wrong(check, "jobs of kind %d are unknown", job->kind);
  if (job->rows < 1 || job->rows > 1 << 24) wrong(check, "rows: expected 1 to %d, got %d", 1 << 24, job->rows);
  if (job->levels < 1 || job->levels > 1 << 16) wrong(check, "levels: expected 1 to %d, got %d", 1 << 16, job->levels);
  if (check->call->error[0] || !within(check, "stack", job->stack, 1, sizeof(Stack)) ||
      !within(check, "workspace", job->workspace, 1, sizeof(Workspace)))
    return;
  const Stack *stack = (const Stack *)(check->memory + job->stack);
  checkStack(check, job, stack);
  if (check->call->error[0]) return;
  checkWorkspace(check, job, stack, (const Workspace *)(check->memory + job->workspace), threads);
  checkPositions(check, job, stack);
  const Linear *table = checkLinear(check, "table", job->table, job->kind == SEE ? stack->D : 0, job->kind == SEE ? 0 : stack->D);
  if (!table) return;
  if (job->kind == DECODE) {
    checkPast(check, job, stack);
    checkIndices(check, "ids", job->ids, job->rows, table->n);
    checkChoice(check, job, stack, threads);
    return;
  }
  checkSpans(check, job);
  if (job->kind == ENCODE) {
    checkIndices(check, "ids", job->ids, job->rows, table->n);
    const Linear *keyValue = checkLinear(check, "crossKeyValue", job->crossKeyValue, 0, stack->D);
    if (keyValue) within(check, "memory", job->memory, (double)job->rows * keyValue->n, 4);
    return;
  }
  const Linear *head = checkLinear(check, "head", job->head, 0, stack->D);
  within(check, "input", job->input, (double)job->rows * table->k, 4);
  within(check, "lastNorm", job->lastNorm, 2.0 * stack->D, 4);
  checkIndices(check, "ids", job->ids, job->rows, job->rows);
  if (!head || check->call->error[0]) return;
  int32_t images = 0;
  for (int r = 0; r < job->rows; r++) {
    int32_t id = ((const int32_t *)(check->memory + job->ids))[r];
    images = id > images ? id : images;
  }
  within(check, "logits", job->logits, (images + 1.0) * head->n, 4);
}
