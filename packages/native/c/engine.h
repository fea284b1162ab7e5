// Operations of the inference engine (packages/wasm/src/engine) on this processor's own instructions.
#pragma once
#include "pool.h"
#include <stdint.h>
#include <stdio.h>

typedef struct {
  uint8_t *memory;
  size_t length;
  Pool *pool;
  char error[160];
} EngineCall;

/** One operation. `words` are its arguments as the engine stored them; `count` of them are within the memory. */
typedef struct {
  int words;
  void (*run)(EngineCall *call, const int32_t *words);
} EngineOp;

/** The name of a variant's list of operations. */
#define ENGINE(variant) ENGINE_OF(variant)
#define ENGINE_OF(variant) variant##_ENGINE

/** How many operations a variant's list has; they are numbered from 0. */
enum { ENGINE_OPS = 1 };

static inline void runEngine(const EngineOp *ops, EngineCall *call, double operation, double address) {
  if (!(operation >= 0 && operation < ENGINE_OPS && operation == (double)(int)operation)) {
    snprintf(call->error, sizeof call->error, "operation %g is unknown", operation);
    return;
  }
  const EngineOp *op = &ops[(int)operation];
  if (!(address >= 0 && address + 4.0 * op->words <= (double)call->length) || address != (double)((int64_t)address & ~3)) {
    snprintf(call->error, sizeof call->error, "the arguments at %.17g are not whole words within the memory", address);
    return;
  }
  op->run(call, (const int32_t *)(call->memory + (size_t)address));
}
