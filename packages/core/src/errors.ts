/** Why a call was refused. Test `error.code`, never `instanceof`: two copies of a package have two classes. */
export type ErrorCode =
  | 'bad-argument'
  | 'bad-config'
  | 'bad-shape'
  | 'bad-checkpoint'
  | 'bad-text'
  | 'bad-file'
  | 'offline'
  | 'no-backend'
  | 'out-of-memory'
  | 'lost'
  | 'diverged';

/** An error a user can act on: its message says what was expected, what came and what to do. */
export class RingformerError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RingformerError';
    this.code = code;
  }
}

/** True for errors of this project, whichever copy of a package threw them. */
export function isRingformerError(error: unknown): error is RingformerError {
  return error instanceof Error && error.name === 'RingformerError' && 'code' in error;
}

/** An error's message without the package name that messages of this project begin with. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^\[ringformer[^\]]*\] /, '') : String(error);
}
