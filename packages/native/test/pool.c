// Thousands of calls of pools of every size, for ThreadSanitizer: cc -fsanitize=thread test/pool.c c/pool.c
#include "../c/pool.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { COUNT = 1000 };
static int seen[COUNT];

static void mark(void *data, int part, int parts) {
  for (int i = COUNT * part / parts; i < COUNT * (part + 1) / parts; i++) seen[i] += *(const int *)data;
}

static void borrow(void *data, int part, int parts) {
  (void)parts;
  for (int slot = 0; slot < POOL_SLOTS; slot++) {
    char *space = poolScratch(data, part, slot, (size_t)(100 * slot + part));
    if (space) memset(space, part, (size_t)(100 * slot + part));
  }
}

static int halves[64];

/** Every part waits for the others twice in each of many rounds. */
static void meet(void *data, int part, int parts) {
  for (int round = 1; round <= 50; round++) {
    halves[part] = round;
    poolMeet(data, parts);
    for (int i = 0; i < parts; i++) seen[part] += halves[i] != round;
    poolMeet(data, parts);
  }
}

int main(void) {
  int wrong = 0;
  for (int round = 0; round < 40; round++) {
    int threads = 1 + round % 5;
    Pool *pool = poolStart(threads);
    if (!pool || poolThreads(pool) != threads) return 2;
    for (int call = 1; call <= 100; call++) {
      memset(seen, 0, sizeof seen);
      poolRun(pool, mark, &call);
      for (int i = 0; i < COUNT; i++) wrong += seen[i] != call;
      poolRun(pool, borrow, pool);
      if (call % 10 == 0) {
        memset(seen, 0, sizeof seen);
        poolRunSome(pool, threads, meet, pool);
        for (int i = 0; i < threads; i++) wrong += seen[i];
      }
      // now and then the helpers fall asleep first
      if (call % 50 == 0) nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    poolEnd(pool);
  }
  poolEnd(NULL);
  printf("%d wrong\n", wrong);
  return wrong != 0;
}
