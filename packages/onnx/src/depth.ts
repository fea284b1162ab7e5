import { RingformerError } from '@ringformer/core/base';

/** How many levels are exported: as many as are wanted, or all. @throws RingformerError 'bad-argument' */
export function countLevels(what: string, wanted: number | undefined, all: number): number {
  const count = wanted ?? all;
  if (Number.isSafeInteger(count) && count >= 1 && count <= all) return count;
  throw new RingformerError('bad-argument', `[ringformer/onnx] ${what} is ${count}: 1 to ${all} are wanted.`);
}
