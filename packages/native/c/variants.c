#include "variants.h"

static int count;
static const Variant *usable[5];

#if defined(__x86_64__)
extern const Variant VARIANT_V3, VARIANT_V4, VARIANT_VNNI, VARIANT_BF16, VARIANT_FP16;

#include <cpuid.h>

// Not __builtin_cpu_supports: zig's run-time library says no to everything.
enum { EAX, EBX, ECX, EDX };

/** Whether register `at` of a page of CPUID has all these bits. */
static int has(unsigned leaf, unsigned page, int at, unsigned bits) {
  unsigned registers[4] = {0};
  if (!__get_cpuid_count(leaf, page, &registers[EAX], &registers[EBX], &registers[ECX], &registers[EDX])) return 0;
  return (registers[at] & bits) == bits;
}

/** Whether the system saves these parts of a thread's state (XCR0). */
static int saves(unsigned parts) {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & parts) == parts;
}

#define BIT(n) (1u << (n))

/** Adds a variant, unless it stands for one that the compiler could not build and is there already. */
static void use(const Variant *variant) {
  if (!count || usable[count - 1] != variant) usable[count++] = variant;
}

/** Runs once, when the library is loaded. */
__attribute__((constructor)) static void findVariants(void) {
  const unsigned fma = BIT(12), movbe = BIT(22), osxsave = BIT(27), avx = BIT(28), f16c = BIT(29);
  const unsigned bmi1 = BIT(3), avx2 = BIT(5), bmi2 = BIT(8), lzcnt = BIT(5);
  const unsigned f = BIT(16), dq = BIT(17), cd = BIT(28), bw = BIT(30), vl = BIT(31), vnni = BIT(11);
  const unsigned bf16 = BIT(5), fp16 = BIT(23);
  const unsigned ymm = BIT(1) | BIT(2), zmm = BIT(5) | BIT(6) | BIT(7);
  if (!has(1, 0, ECX, fma | movbe | osxsave | avx | f16c) || !saves(ymm)) return;
  if (!has(7, 0, EBX, bmi1 | avx2 | bmi2) || !has(0x80000001, 0, ECX, lzcnt)) return;
  if (has(7, 0, EBX, f | dq | cd | bw | vl) && saves(zmm)) {
    int both = has(7, 0, ECX, vnni) && has(7, 1, EAX, bf16);
    if (both && has(7, 0, EDX, fp16)) use(&VARIANT_FP16);
    if (both) use(&VARIANT_BF16);
    if (has(7, 0, ECX, vnni)) use(&VARIANT_VNNI);
    use(&VARIANT_V4);
  }
  use(&VARIANT_V3);
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
