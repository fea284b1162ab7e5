// The operation that runs a job of the inference engine.
#pragma once
#include "engine-check.h"
#include "engine-choose.h"

static void workOn(void *data, int index, int threads) {
  const Shared *shared = data;
  Task task = makeTask(shared, index, threads);
  if (shared->job->kind == ENCODE) encode(&task);
  else if (shared->job->kind == DECODE) {
    decode(&task);
    chooseTokens(&task);
  } else see(&task);
}

/** words: the job's address, and how many threads share it. */
static void runJob(EngineCall *call, const int32_t *words) {
  int threads = words[1];
  Check check = {.call = call, .memory = call->memory, .length = call->length};
  if (threads < 1 || threads > poolThreads(call->pool)) {
    wrong(&check, "expected 1 to %d threads, got %d", poolThreads(call->pool), threads);
    return;
  }
  if (!within(&check, "job", (Address)words[0], 1, sizeof(Job))) return;
  const Job *job = (const Job *)(call->memory + (Address)words[0]);
  checkJob(&check, job, threads);
  if (call->error[0]) return;
  const Stack *stack = (const Stack *)(call->memory + job->stack);
  Shared shared = {.memory = call->memory,
                   .length = call->length,
                   .pool = call->pool,
                   .job = job,
                   .stack = stack,
                   .workspace = (const Workspace *)(call->memory + job->workspace)};
  size_t rows = job->rows < TOGETHER ? (size_t)job->rows : TOGETHER;
  shared.packedBytes = rows * (size_t)check.inputs * 4;
  size_t spans = job->kind == DECODE ? 0 : 4 * attendSpace(check.keys, stack->hp), listed = listedBytes(check.keys);
  shared.attendBytes = spans > listed ? spans : listed;
  for (int i = 0; i < threads; i++) { // now, because a thread that gives up would leave the others waiting
    Task task = makeTask(&shared, i, threads);
    if (task.space.packed && task.space.scales && task.attention) continue;
    wrong(&check, "memory is exhausted");
    return;
  }
  poolRunSome(call->pool, threads, workOn, &shared);
}
