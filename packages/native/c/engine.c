// The inference engine for one kind of processor: see kernels.c.
#include "engine-run.h"

extern const EngineOp ENGINE(VARIANT)[ENGINE_OPS];
const EngineOp ENGINE(VARIANT)[ENGINE_OPS] = {{2, runJob}};
