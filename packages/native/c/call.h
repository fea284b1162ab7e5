// A call from JavaScript: its numbers, the memory that its addresses mean, and the threads it may use.
#pragma once
#include "engine.h"
#include "pool.h"
#include <stdint.h>
#include <stdio.h>

typedef struct {
  /** The numbers in the order of `Kernels` in @ringformer/wasm; booleans are 0 and 1. */
  const double *args;
  uint8_t *memory;
  size_t length;
  Pool *pool;
  /** Where an operation leaves a number that it returns. */
  double result;
  /** What is wrong with the call, or empty. */
  char error[160];
} Call;

/** An operation, by its name in `Kernels`, and how many numbers it takes. */
typedef struct {
  const char *name;
  int arguments;
  void (*run)(Call *call);
} Op;

/** The operations compiled for one kind of processor. */
typedef struct {
  const char *name;
  const Op *ops;
  int count;
  /** Whether products in bfloat16 run on the processor's own instructions. */
  int bfloat16;
  /** The same for float16. */
  int float16;
  /** Whether int8 products do. */
  int int8;
  const EngineOp *engine;
} Variant;

enum { MAX_ARGUMENTS = 24 };

static inline int whole(const Call *call, int index) {
  double value = call->args[index];
  return value > -2147483649.0 && value < 4294967296.0 ? (int)(uint32_t)(int64_t)value : 0;
}

static inline float real(const Call *call, int index) { return (float)call->args[index]; }

/**
 * Argument `index` as the address of `bytes` bytes; 0 is NULL. Leaves an error if they are not all in the memory, or if the
 * address is not a multiple of 4.
 */
static inline void *span(Call *call, int index, double bytes) {
  double address = call->args[index];
  if (address == 0) return NULL;
  if (address > 0 && bytes >= 0 && address + bytes <= (double)call->length && address == (double)((int64_t)address & ~3))
    return call->memory + (size_t)address;
  if (!call->error[0])
    snprintf(call->error, sizeof call->error,
             "argument %d: expected a multiple of 4 with %.0f bytes in the memory of %.0f after it, got %.17g", index, bytes,
             (double)call->length, address);
  return NULL;
}

/** As `span`, but the address must not be 0. */
static inline void *needed(Call *call, int index, double bytes) {
  void *pointer = span(call, index, bytes);
  if (!pointer && !call->error[0]) snprintf(call->error, sizeof call->error, "argument %d: an address is missing", index);
  return pointer;
}

/** A size: a whole number from 0 to 2³¹ − 1. */
static inline int sizeOf(Call *call, int index) {
  double value = call->args[index];
  if (value >= 0 && value <= 2147483647.0 && value == (double)(int)value) return (int)value;
  if (!call->error[0])
    snprintf(call->error, sizeof call->error, "argument %d: expected a size from 0 to 2147483647, got %g", index, value);
  return 0;
}

/** Working space of the calling thread, which its helpers may share; leaves an error if memory runs out. See poolScratch. */
static inline void *scratchOf(Call *call, int slot, double bytes) {
  void *space = bytes < 4294967296.0 ? poolScratch(call->pool, 0, slot, (size_t)bytes) : NULL;
  if (!space && bytes > 0 && !call->error[0]) snprintf(call->error, sizeof call->error, "memory is exhausted");
  return space;
}

/** Runs a function on all threads if the work is worth sharing, else on this one. */
static inline void share(Call *call, Part *part, void *data, int worthSharing) {
  if (worthSharing) poolRun(call->pool, part, data);
  else part(data, 0, 1);
}

/** Where part `part` of `parts` begins if `count` things are divided in multiples of `unit`. */
static inline long shareFrom(long count, long unit, int part, int parts) {
  if (part == parts) return count;
  return (long)((int64_t)((count + unit - 1) / unit) * part / parts * unit);
}
