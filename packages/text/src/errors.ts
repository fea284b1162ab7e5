/** Why a call was refused. Test `error.code`, never `instanceof`: two copies of a package have two classes. */
export type TextErrorCode = 'bad-argument' | 'bad-text' | 'bad-file' | 'aborted';

/**
 * An error a user can act on: its message says what was wanted, what came and what to do.
 * It has the name and the shape of the error of @ringformer/core, on which this package does not depend.
 */
export class RingformerError extends Error {
  readonly code: TextErrorCode;
  constructor(code: TextErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RingformerError';
    this.code = code;
  }
}

/** Throws `aborted` when the signal has fired. */
export function checkAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) {
    throw new RingformerError('aborted', `[ringformer/text] ${what} was aborted.`, { cause: signal.reason });
  }
}

/** True for errors of this project, whichever copy of a package threw them. */
export function isRingformerError(error: unknown): error is RingformerError {
  return error instanceof Error && error.name === 'RingformerError' && 'code' in error;
}
