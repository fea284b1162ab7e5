/** Browsers either have relaxed SIMD or don't: there is nothing to switch on. */
export function enableRelaxedSimd(): void {}
