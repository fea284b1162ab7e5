#include "variants.h"

static int count;
static const Variant *usable[4];

#if defined(__x86_64__)
extern const Variant VARIANT_V3, VARIANT_V4, VARIANT_VNNI, VARIANT_BF16;

#define HAS(feature) __builtin_cpu_supports(feature)

/** Runs once, when the library is loaded. */
__attribute__((constructor)) static void findVariants(void) {
  __builtin_cpu_init();
  if (!(HAS("avx2") && HAS("fma") && HAS("bmi") && HAS("bmi2"))) return;
  if (HAS("avx512f") && HAS("avx512bw") && HAS("avx512cd") && HAS("avx512dq") && HAS("avx512vl")) {
    if (HAS("avx512vnni") && HAS("avx512bf16")) usable[count++] = &VARIANT_BF16;
    if (HAS("avx512vnni")) usable[count++] = &VARIANT_VNNI;
    usable[count++] = &VARIANT_V4;
  }
  usable[count++] = &VARIANT_V3;
}
#elif defined(__aarch64__)
extern const Variant VARIANT_NEON, VARIANT_DOT;

#if defined(__linux__)
#include <sys/auxv.h>
static int hasDot(void) { return (getauxval(AT_HWCAP) >> 20) & 1; } // HWCAP_ASIMDDP
#elif defined(__APPLE__)
static int hasDot(void) { return 1; } // every Apple processor since M1
#else
static int hasDot(void) { return 0; }
#endif

__attribute__((constructor)) static void findVariants(void) {
  if (hasDot()) usable[count++] = &VARIANT_DOT;
  usable[count++] = &VARIANT_NEON;
}
#else
#error "There are kernels for x86-64 and arm64 only."
#endif

int variantCount(void) { return count; }

const Variant *variantAt(int index) { return usable[index]; }
