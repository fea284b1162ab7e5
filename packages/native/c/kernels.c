// All kernels for one kind of processor. build.mjs compiles this file and engine.c once for each variant, with VARIANT (the
// symbol), NAME and LANES (floats in a register).
#include "arithmetic.h"
#include "attention.h"
#include "loss.h"
#include "matmul.h"
#include "norm.h"
#include "pointwise.h"

static const Op OPS[] = {
    {"gelu", 7, gelu},
    {"geluGrad", 8, geluGrad},
    {"dropout", 6, dropout},
    {"adam", 19, adam},
    {"matMul", 13, matMul},
#if defined(__AVX512BF16__)
    {"matMulBf16", 13, matMulBf16},
#endif
#if defined(__AVX512FP16__)
    {"matMulF16", 13, matMulF16},
#endif
    {"rankProduct", 13, rankProduct},
    {"layerNorm", 12, layerNorm},
    {"layerNormGrad", 14, layerNormGrad},
    {"attention", 13, attention},
    {"attentionGrad", 15, attentionGrad},
    {"crossEntropy", 8, crossEntropy},
    {"crossEntropyGrad", 9, crossEntropyGrad},
    {"segmentSum", 6, segmentSum},
    {"arithmetic", 6, arithmetic},
    {"sumRows", 4, sumRows},
};

extern const EngineOp ENGINE(VARIANT)[ENGINE_OPS]; // engine.c
extern const Variant VARIANT;
const Variant VARIANT = {
    .name = NAME,
    .ops = OPS,
    .count = sizeof OPS / sizeof *OPS,
    .engine = ENGINE(VARIANT),
#if defined(__AVX512BF16__)
    .bfloat16 = 1,
#endif
#if defined(__AVX512FP16__)
    .float16 = 1,
#endif
#if defined(__AVX512VNNI__) || defined(__ARM_FEATURE_DOTPROD)
    .int8 = 1,
#endif
};
