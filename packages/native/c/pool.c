#include "pool.h"
#include "platform.h"
#include <stdatomic.h>
#include <stdlib.h>

/** Rounds of polling before a thread sleeps: a few tens of microseconds, about the time between two kernels of a step. */
enum { PATIENCE = 4000 };

typedef struct {
  Pool *pool;
  int index;
  Thread thread;
} Helper;

typedef struct {
  void *at[POOL_SLOTS];
  size_t size[POOL_SLOTS];
} Scratch;

struct Pool {
  int threads;
  Part *part;
  void *data;
  /** The number of the call, times 256, and of its parts; −1 ends the threads. */
  _Atomic int call;
  /** Helpers that have not finished the present call. */
  _Atomic int working;
  /** Meetings of the parts so far; parts that have come to the next, and those of them that sleep. */
  _Atomic int meetings, here, asleep;
  Lock lock;
  Condition begun, ended, met;
  Helper *helpers;
  Scratch *scratch;
};

static void *help(void *argument) {
  Helper *own = argument;
  Pool *pool = own->pool;
  int seen = 0;
  for (;;) {
    for (int left = PATIENCE; left && atomic_load(&pool->call) == seen; left--) pauseProcessor();
    if (atomic_load(&pool->call) == seen) {
      lockTake(&pool->lock);
      while (atomic_load(&pool->call) == seen) conditionWait(&pool->begun, &pool->lock);
      lockRelease(&pool->lock);
    }
    seen = atomic_load(&pool->call);
    if (seen == -1) return NULL;
    int parts = seen & 255;
    if (own->index >= parts) continue;
    pool->part(pool->data, own->index, parts);
    if (atomic_fetch_sub(&pool->working, 1) == 1) {
      lockTake(&pool->lock);
      conditionWakeAll(&pool->ended);
      lockRelease(&pool->lock);
    }
  }
}

Pool *poolStart(int threads) {
  Pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->threads = 1;
  lockMake(&pool->lock);
  conditionMake(&pool->begun);
  conditionMake(&pool->ended);
  conditionMake(&pool->met);
  pool->scratch = calloc((size_t)threads, sizeof *pool->scratch);
  pool->helpers = calloc((size_t)threads, sizeof *pool->helpers);
  if (pool->scratch && pool->helpers) {
    for (; pool->threads < threads; pool->threads++) {
      Helper *helper = &pool->helpers[pool->threads];
      *helper = (Helper){.pool = pool, .index = pool->threads};
      if (!threadStart(&helper->thread, help, helper)) break;
    }
    if (pool->threads == threads) return pool;
  }
  poolEnd(pool);
  return NULL;
}

void poolEnd(Pool *pool) {
  if (!pool) return;
  lockTake(&pool->lock);
  atomic_store(&pool->call, -1);
  conditionWakeAll(&pool->begun);
  lockRelease(&pool->lock);
  for (int i = 1; i < pool->threads; i++) threadJoin(pool->helpers[i].thread);
  if (pool->scratch) {
    for (int i = 0; i < pool->threads; i++)
      for (int slot = 0; slot < POOL_SLOTS; slot++) alignedFree(pool->scratch[i].at[slot]);
  }
  free(pool->scratch);
  free(pool->helpers);
  lockEnd(&pool->lock);
  conditionEnd(&pool->begun);
  conditionEnd(&pool->ended);
  conditionEnd(&pool->met);
  free(pool);
}

int poolThreads(const Pool *pool) { return pool->threads; }

void poolRun(Pool *pool, Part *part, void *data) { poolRunSome(pool, pool->threads, part, data); }

void poolRunSome(Pool *pool, int parts, Part *part, void *data) {
  if (parts == 1) {
    part(data, 0, 1);
    return;
  }
  pool->part = part;
  pool->data = data;
  atomic_store(&pool->working, parts - 1);
  int next = (((atomic_load(&pool->call) >> 8) + 1) & 0x3fffff) << 8 | parts;
  // the lock keeps a helper that is about to sleep from missing the call
  lockTake(&pool->lock);
  atomic_store(&pool->call, next);
  conditionWakeAll(&pool->begun);
  lockRelease(&pool->lock);
  part(data, 0, parts);
  for (int left = PATIENCE; left && atomic_load(&pool->working); left--) pauseProcessor();
  if (atomic_load(&pool->working) == 0) return;
  lockTake(&pool->lock);
  while (atomic_load(&pool->working)) conditionWait(&pool->ended, &pool->lock);
  lockRelease(&pool->lock);
}

void poolMeet(Pool *pool, int parts) {
  if (parts == 1) return;
  int before = atomic_load(&pool->meetings);
  if (atomic_fetch_add(&pool->here, 1) + 1 == parts) {
    atomic_store(&pool->here, 0);
    atomic_fetch_add(&pool->meetings, 1);
    if (atomic_load(&pool->asleep) == 0) return;
    lockTake(&pool->lock);
    conditionWakeAll(&pool->met);
    lockRelease(&pool->lock);
    return;
  }
  for (int left = PATIENCE; left && atomic_load(&pool->meetings) == before; left--) pauseProcessor();
  if (atomic_load(&pool->meetings) != before) return;
  lockTake(&pool->lock);
  atomic_fetch_add(&pool->asleep, 1); // before looking again: whoever comes last sees one of the two
  while (atomic_load(&pool->meetings) == before) conditionWait(&pool->met, &pool->lock);
  atomic_fetch_sub(&pool->asleep, 1);
  lockRelease(&pool->lock);
}

void *poolScratch(Pool *pool, int part, int slot, size_t bytes) {
  Scratch *own = &pool->scratch[part];
  if (own->size[slot] < bytes) {
    alignedFree(own->at[slot]);
    size_t size = (bytes + 4095) & ~(size_t)4095;
    own->at[slot] = alignedMake(size);
    own->size[slot] = own->at[slot] ? size : 0;
  }
  return own->at[slot];
}
