// The kinds of processors that there are kernels for, chosen when the addon is loaded.
#pragma once
#include "call.h"
#include "engine.h"

/** Raised whenever the functions, their arguments or the engine's layout change; src/index.ts refuses another number. */
enum { RINGFORMER_ABI = 2 };

/** How many variants this processor runs: 0 if there is none. */
int variantCount(void);
/** Variant `index`, the best first. */
const Variant *variantAt(int index);
