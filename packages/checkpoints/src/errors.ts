import { RingformerError } from '@ringformer/core/base';

export const refusedFile = (message: string) =>
  new RingformerError('bad-checkpoint', `[ringformer/checkpoints] ${message}`);

/** The error for a pickle that cannot or must not be read. */
export const refused = (why: string) => refusedFile(`The pickle is refused: ${why}.`);
