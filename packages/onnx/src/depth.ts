import { RingformerError } from '@ringformer/core/base';

/** How many levels are exported: as many as requested, or all. @throws RingformerError 'bad-argument' */
export function countLevels(what: string, wanted: number | undefined, all: number): number {
  const count = wanted ?? all;
  if (Number.isSafeInteger(count) && count >= 1 && count <= all) return count;
  throw new RingformerError('bad-argument', `[ringformer/onnx] Expected ${what} from 1 to ${all}, got ${count}.`);
}
