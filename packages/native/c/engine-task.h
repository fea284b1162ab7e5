// One thread's share of a job.
#pragma once
#include "engine-attend.h"
#include "engine-linear.h"
#include "engine-rows.h"
#include "engine.h"

/** What all threads of a job share. */
typedef struct {
  uint8_t *memory;
  size_t length;
  Pool *pool;
  const Job *job;
  const Stack *stack;
  const Workspace *workspace;
  /** Sizes of each thread's working space, in bytes. */
  size_t packedBytes, attendBytes;
} Shared;

typedef struct {
  uint8_t *memory;
  const Shared *shared;
  const Job *job;
  const Stack *stack;
  const Workspace *workspace;
  int threads;
  /** 1: threads divide the rows; this one has from … to. Else they divide the columns: part of parts. */
  int byRows, from, to, part, parts;
  /** This thread's stream, a changed copy of it, and what signals read. */
  float *x, *z, *u;
  Space space;
  float *attention;
} Task;

INLINE float *floats(const Task *task, Address at) { return (float *)(task->memory + at); }
INLINE const int32_t *words(const Task *task, Address at) { return (const int32_t *)(task->memory + at); }
INLINE const Linear *linearAt(const Task *task, Address at) { return (const Linear *)(task->memory + at); }

/** This thread's rows if rows are divided. */
INLINE int rowShare(int rows, int index, int threads) {
  if (index == threads) return rows;
  int from = (int)((Index)((rows + 3) / 4) * index / threads * 4);
  return from < rows ? from : rows;
}

/** The column where share `index` begins: groups stay whole. */
INLINE int columnShare(const Task *task, int n, int index) {
  if (index == task->parts) return n;
  return (int)((Index)(n / GROUP) * index / task->parts) * GROUP;
}

/** Waits for the threads that compute other columns of this thread's rows. */
INLINE void meet(const Task *task) {
  if (!task->byRows) poolMeet(task->shared->pool, task->threads);
}

/** How many rows from r on are prepared together: all, or equal parts. */
INLINE int chunk(int left) {
  int parts = (left + TOGETHER - 1) / TOGETHER;
  return (left + parts - 1) / parts;
}

static Task makeTask(const Shared *shared, int index, int threads) {
  const Job *job = shared->job;
  const Workspace *workspace = shared->workspace;
  Task task = {.memory = shared->memory,
               .shared = shared,
               .job = job,
               .stack = shared->stack,
               .workspace = workspace,
               .threads = threads,
               .byRows = job->byRows != 0 || threads == 1,
               .from = 0,
               .to = job->rows,
               .part = index,
               .parts = threads};
  if (task.byRows) {
    task.from = rowShare(job->rows, index, threads);
    task.to = rowShare(job->rows, index + 1, threads);
    task.part = 0;
    task.parts = 1;
  }
  Address own = (Address)index * workspace->next;
  task.x = floats(&task, workspace->x + own);
  task.z = floats(&task, workspace->z + own);
  task.u = floats(&task, workspace->u + own);
  task.space.packed = poolScratch(shared->pool, index, 0, shared->packedBytes);
  task.space.scales = poolScratch(shared->pool, index, 1, 4 * TOGETHER + 4 * DEPTH * GROUP);
  task.space.widened = task.space.scales + TOGETHER;
  task.attention = poolScratch(shared->pool, index, 2, shared->attendBytes);
  return task;
}
