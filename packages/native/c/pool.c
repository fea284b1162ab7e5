#include "pool.h"
#include "platform.h"
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

/** Rounds of polling before a thread sleeps: a few tens of microseconds, about the time between two kernels of a step. */
enum { PATIENCE = 4000 };

typedef struct {
  void *at[POOL_SLOTS];
  size_t size[POOL_SLOTS];
} Scratch;

struct Pool {
  _Atomic int threads;
  Part *part;
  void *data;
  /** The number of the call · 65536 + the number of its parts · 256 + the next part that no thread has taken. */
  _Atomic uint64_t call;
  /** Parts of the present call that are not finished. */
  _Atomic int unfinished;
  _Atomic int ending;
  /** Meetings of the parts so far; parts that have come to the next, and those of them that sleep. */
  _Atomic int meetings, here, asleep;
  Lock lock;
  Condition begun, ended, met;
  Thread *helpers;
  Scratch *scratch;
};

static int partsOf(uint64_t call) { return (int)(call >> 8 & 255); }
static int nextOf(uint64_t call) { return (int)(call & 255); }

/** Runs a part of the present call; 0 if none is left. */
static int runNext(Pool *pool) {
  uint64_t call = atomic_load(&pool->call);
  do {
    if (nextOf(call) >= partsOf(call)) return 0;
  } while (!atomic_compare_exchange_weak(&pool->call, &call, call + 1));
  // the call is still the same one, and no other begins before this part is finished
  pool->part(pool->data, nextOf(call), partsOf(call));
  return 1;
}

static int isIdle(Pool *pool) {
  uint64_t call = atomic_load(&pool->call);
  return nextOf(call) >= partsOf(call) && !atomic_load(&pool->ending);
}

static void *help(void *argument) {
  Pool *pool = argument;
  for (;;) {
    for (int left = PATIENCE; left && isIdle(pool); left--) pauseProcessor();
    if (isIdle(pool)) {
      lockTake(&pool->lock);
      while (isIdle(pool)) conditionWait(&pool->begun, &pool->lock);
      lockRelease(&pool->lock);
    }
    if (atomic_load(&pool->ending)) return NULL;
    while (runNext(pool)) {
      if (atomic_fetch_sub(&pool->unfinished, 1) > 1) continue;
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
      if (!threadStart(&pool->helpers[pool->threads], help, pool)) break;
    }
    if (pool->threads == threads) return pool;
  }
  poolEnd(pool);
  return NULL;
}

void poolEnd(Pool *pool) {
  if (!pool) return;
  lockTake(&pool->lock);
  atomic_store(&pool->ending, 1);
  conditionWakeAll(&pool->begun);
  lockRelease(&pool->lock);
  for (int i = 1; i < pool->threads; i++) threadJoin(pool->helpers[i]);
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

/** Runs a call. This thread does the first part, and with `all` also those of threads that are not awake yet. */
static void run(Pool *pool, int parts, Part *part, void *data, int all) {
  if (parts == 1) {
    part(data, 0, 1);
    return;
  }
  pool->part = part;
  pool->data = data;
  atomic_store(&pool->unfinished, parts);
  // the lock keeps a helper that is about to sleep from missing the call
  lockTake(&pool->lock);
  atomic_store(&pool->call, ((atomic_load(&pool->call) >> 16) + 1) << 16 | (uint64_t)parts << 8 | 1);
  conditionWakeAll(&pool->begun);
  lockRelease(&pool->lock);
  part(data, 0, parts);
  atomic_fetch_sub(&pool->unfinished, 1);
  while (all && runNext(pool)) atomic_fetch_sub(&pool->unfinished, 1);
  for (int left = PATIENCE; left && atomic_load(&pool->unfinished); left--) pauseProcessor();
  if (atomic_load(&pool->unfinished) == 0) return;
  lockTake(&pool->lock);
  while (atomic_load(&pool->unfinished)) conditionWait(&pool->ended, &pool->lock);
  lockRelease(&pool->lock);
}

void poolRun(Pool *pool, Part *part, void *data) { run(pool, pool->threads, part, data, 1); }

void poolRunSome(Pool *pool, int parts, Part *part, void *data) { run(pool, parts, part, data, 0); }

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
