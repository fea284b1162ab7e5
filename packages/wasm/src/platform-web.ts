export { fetchBytes as readBytes } from '@ringformer/core/base';

/** Browsers have relaxed SIMD, or have it not: there is nothing to switch on. */
export function enableRelaxedSimd(): void {}
