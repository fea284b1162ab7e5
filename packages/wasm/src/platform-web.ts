/** Browsers either have relaxed SIMD or don't: there is nothing to turn on. */
export function enableRelaxedSimd(): void {}

/** Native kernels are for Node.js. */
export const importNative = async (): Promise<typeof import('@ringformer/native') | undefined> => undefined;
