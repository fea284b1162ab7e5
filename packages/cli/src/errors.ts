import { reasonOf } from '@ringformer/core/base';

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** The request cannot be carried out: exit code 1. The message says what went wrong and what to do. */
export class FailedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FailedError';
  }
}

const EXPECTED = new Set(['UsageError', 'FailedError', 'RingformerError']);

/** The lines for stderr: 'ringformer: …', without the package prefix that library messages carry. */
export function describeError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return `ringformer: ${String(error)}\n`;
  const message = reasonOf(error);
  const hint = EXPECTED.has(error.name) || debug ? '' : ' (Unexpected; run again with --debug to see where.)';
  const trace = debug ? `${error.stack}\n${error.cause instanceof Error ? `cause: ${error.cause.stack}\n` : ''}` : '';
  return `ringformer: ${message}${hint}\n${trace}`;
}

/** The code of a system error or of ours ('ENOENT', 'bad-file'), if it has one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
