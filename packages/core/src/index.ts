export type { Backend, ReadOptions } from './backend.ts';
export { type ErrorCode, isRingformerError, RingformerError } from './errors.ts';
export { type FusedKernels, hasKernel, MASKED } from './kernels.ts';
export { deriveSeed, dropoutMask, mix32 } from './random.ts';
