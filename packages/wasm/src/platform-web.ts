/** Browsers either have relaxed SIMD or don't: there is nothing to turn on. */
export function enableRelaxedSimd(): void {}
