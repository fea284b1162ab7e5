// What one core of this processor reaches with nothing but arithmetic in registers, and what it reads from memory:
// prints JSON. Compiled by machine.mjs for x86-64-v3 and for whatever more the processor has.
// Usage: peaks           GFLOP/s or Gop/s of one core, GB/s of one core
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/** The best of several short runs: other work can only make a run slower. */
#define BEST(result, perRun, ...)                                                                                      \
  double result = 0;                                                                                                   \
  for (int turn = 0; turn < 7; turn++) {                                                                               \
    double began = seconds();                                                                                          \
    __VA_ARGS__ double rate = (perRun) / (seconds() - began) / 1e9;                                                           \
    if (rate > result) result = rate;                                                                                  \
  }

enum { STEPS = 2000000, SUMS = 12 };

#if defined(__x86_64__)
#include <immintrin.h>
/** Twelve independent sums hide the latency of `instruction`. */
#define PEAK(name, type, zero, instruction, operations)                                                                \
  static double name(void) {                                                                                           \
    type sum[SUMS], x = zero, y = zero;                                                                                \
    _Pragma("GCC unroll 12") for (int i = 0; i < SUMS; i++) sum[i] = zero;                                                                      \
    BEST(best, (double)STEPS *SUMS *(operations), {                                                                    \
      for (long n = 0; n < STEPS; n++)                                                                                 \
        _Pragma("GCC unroll 12") for (int i = 0; i < SUMS; i++) __asm__ volatile(instruction " %1, %2, %0" : "+v"(sum[i]) : "v"(x), "v"(y));    \
    })                                                                                                                 \
    return best;                                                                                                       \
  }
PEAK(float128, __m128, _mm_setzero_ps(), "vfmadd231ps", 8)
PEAK(float256, __m256, _mm256_setzero_ps(), "vfmadd231ps", 16)
#if defined(__AVX512F__)
PEAK(float512, __m512, _mm512_setzero_ps(), "vfmadd231ps", 32)
#endif
#if defined(__AVX512VNNI__)
PEAK(int8, __m512i, _mm512_setzero_si512(), "vpdpbusd", 128)
#endif
#if defined(__AVX512BF16__)
PEAK(bfloat16, __m512, _mm512_setzero_ps(), "vdpbf16ps", 64)
#endif
#if defined(__AVX512FP16__)
PEAK(float16, __m512, _mm512_setzero_ps(), "vfmadd231ph", 64)
#endif
#elif defined(__aarch64__)
#include <arm_neon.h>
static double float128(void) {
  float32x4_t sum[SUMS], x = vdupq_n_f32(0);
  for (int i = 0; i < SUMS; i++) sum[i] = x;
  BEST(best, (double)STEPS *SUMS * 8, {
    for (long n = 0; n < STEPS; n++)
      for (int i = 0; i < SUMS; i++) __asm__ volatile("fmla %0.4s, %1.4s, %1.4s" : "+w"(sum[i]) : "w"(x));
  })
  return best;
}
#endif

/** GB/s that one core reads from `bytes` bytes, over and over. */
static double reading(size_t bytes) {
  uint64_t *from = aligned_alloc(64, bytes);
  memset(from, 1, bytes);
  size_t words = bytes / 8, times = (size_t)1 << 28;
  times = times / bytes ? times / bytes : 1;
  BEST(best, (double)bytes *(double)times, {
    for (size_t time = 0; time < times; time++) {
      uint64_t a = 0, b = 0, c = 0, d = 0;
      for (size_t i = 0; i < words; i += 32) {
        for (size_t j = 0; j < 32; j += 4) {
          a += from[i + j];
          b += from[i + j + 1];
          c += from[i + j + 2];
          d += from[i + j + 3];
        }
      }
      __asm__ volatile("" : : "r"(a + b + c + d) : "memory");
    }
  })
  free(from);
  return best;
}

int main(void) {
  printf("{");
#if defined(__x86_64__) || defined(__aarch64__)
  printf("\"f32 128-bit\": %.1f, ", float128());
#endif
#if defined(__x86_64__)
  printf("\"f32 256-bit\": %.1f, ", float256());
#endif
#if defined(__AVX512F__)
  printf("\"f32 512-bit\": %.1f, ", float512());
#endif
#if defined(__AVX512BF16__)
  printf("\"bf16 512-bit\": %.1f, ", bfloat16());
#endif
#if defined(__AVX512FP16__)
  printf("\"f16 512-bit\": %.1f, ", float16());
#endif
#if defined(__AVX512VNNI__)
  printf("\"int8 512-bit\": %.1f, ", int8());
#endif
  printf("\"GB/s, 32 kB\": %.1f, \"GB/s, 1 MB\": %.1f, \"GB/s, 8 MB\": %.1f, \"GB/s, 256 MB\": %.1f}\n", reading(32 << 10),
         reading(1 << 20), reading(8 << 20), reading(256 << 20));
  return 0;
}
