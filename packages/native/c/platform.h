// What differs between operating systems: threads, locks, aligned memory.
#pragma once
#include <stddef.h>
#include <stdlib.h>

/** The same everywhere: musl and macOS would give threads less. */
enum { STACK_BYTES = 1 << 20 };

#if defined(_WIN32)
#include <malloc.h>
#include <windows.h>
typedef HANDLE Thread;
typedef SRWLOCK Lock;
typedef CONDITION_VARIABLE Condition;
typedef struct {
  void *(*run)(void *);
  void *data;
} Start;
static DWORD WINAPI startThread(LPVOID argument) {
  Start start = *(Start *)argument;
  free(argument);
  start.run(start.data);
  return 0;
}
static inline int threadStart(Thread *thread, void *(*run)(void *), void *data) {
  Start *start = malloc(sizeof *start);
  if (!start) return 0;
  *start = (Start){run, data};
  *thread = CreateThread(NULL, STACK_BYTES, startThread, start, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
  if (!*thread) free(start);
  return *thread != NULL;
}
static inline void threadJoin(Thread thread) {
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}
static inline void lockMake(Lock *lock) { InitializeSRWLock(lock); }
static inline void lockTake(Lock *lock) { AcquireSRWLockExclusive(lock); }
static inline void lockRelease(Lock *lock) { ReleaseSRWLockExclusive(lock); }
static inline void lockEnd(Lock *lock) { (void)lock; }
static inline void conditionMake(Condition *condition) { InitializeConditionVariable(condition); }
static inline void conditionWait(Condition *condition, Lock *lock) { SleepConditionVariableSRW(condition, lock, INFINITE, 0); }
static inline void conditionWakeAll(Condition *condition) { WakeAllConditionVariable(condition); }
static inline void conditionEnd(Condition *condition) { (void)condition; }
static inline void *alignedMake(size_t bytes) { return _aligned_malloc(bytes, 64); }
static inline void alignedFree(void *pointer) { _aligned_free(pointer); }
#else
#include <pthread.h>
#include <signal.h>
typedef pthread_t Thread;
typedef pthread_mutex_t Lock;
typedef pthread_cond_t Condition;
static inline int threadStart(Thread *thread, void *(*run)(void *), void *data) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return 0;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); // signals are for the threads of Node.js; a new thread inherits the mask
  int started = pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 && pthread_create(thread, &attributes, run, data) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return started;
}
static inline void threadJoin(Thread thread) { pthread_join(thread, NULL); }
static inline void lockMake(Lock *lock) { pthread_mutex_init(lock, NULL); }
static inline void lockTake(Lock *lock) { pthread_mutex_lock(lock); }
static inline void lockRelease(Lock *lock) { pthread_mutex_unlock(lock); }
static inline void lockEnd(Lock *lock) { pthread_mutex_destroy(lock); }
static inline void conditionMake(Condition *condition) { pthread_cond_init(condition, NULL); }
static inline void conditionWait(Condition *condition, Lock *lock) { pthread_cond_wait(condition, lock); }
static inline void conditionWakeAll(Condition *condition) { pthread_cond_broadcast(condition); }
static inline void conditionEnd(Condition *condition) { pthread_cond_destroy(condition); }
/** `bytes` must be a multiple of 64. */
static inline void *alignedMake(size_t bytes) { return aligned_alloc(64, bytes); }
static inline void alignedFree(void *pointer) { free(pointer); }
#endif

#if defined(__linux__)
#include <stdint.h>
#include <sys/mman.h>
#ifndef MADV_HUGEPAGE
#define MADV_HUGEPAGE 14
#endif
/** Asks for pages of 2 MB, so that products find their rows without searching the tables of pages. */
static inline void largePages(void *memory, size_t bytes) {
  const size_t page = 1 << 21;
  uintptr_t from = ((uintptr_t)memory + page - 1) & ~(page - 1), to = ((uintptr_t)memory + bytes) & ~(page - 1);
  if (from < to) madvise((void *)from, to - from, MADV_HUGEPAGE);
}
#else
static inline void largePages(void *memory, size_t bytes) {
  (void)memory;
  (void)bytes;
}
#endif

/** Tells the processor that this thread only waits. */
static inline void pauseProcessor(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
