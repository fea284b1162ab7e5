// Threads that share the parts of one kernel call. A pool belongs to one session; nothing spins while it is idle.
#pragma once
#include <stddef.h>

typedef struct Pool Pool;
/** One thread's share of a call: part `part` of `parts`. */
typedef void Part(void *data, int part, int parts);

/** A pool of `threads` threads, the caller's included; NULL if memory or threads run out. */
Pool *poolStart(int threads);
/** Ends the threads and frees everything. NULL is allowed. */
void poolEnd(Pool *pool);
int poolThreads(const Pool *pool);
/** Runs a part for each thread; returns when all are done. A thread may do the part of another that is not awake yet. */
void poolRun(Pool *pool, Part *part, void *data);
/** The same with only `parts` threads, each of which does one part, so that the parts may meet. */
void poolRunSome(Pool *pool, int parts, Part *part, void *data);
/** Within a part: waits until all `parts` parts of the call have come to this point. */
void poolMeet(Pool *pool, int parts);
/** Working space of a part, aligned to 64 bytes, valid until the next request for the same slot; NULL if memory runs out. */
void *poolScratch(Pool *pool, int part, int slot, size_t bytes);

enum { POOL_SLOTS = 4 };
