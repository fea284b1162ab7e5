import { isRingformerError, reasonOf } from '@ringformer/core/base';
import { QueueFull } from './batcher.ts';

/** An error as an answer shows it. */
export type Failure = { readonly code: string; readonly message: string };

/** A request that is refused, with the status of the answer. */
export class Refusal extends Error {
  readonly statusCode: number;
  readonly code: string;
  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.name = 'Refusal';
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** Codes of @ringformer/core that say the input is to blame. */
const BAD_INPUT = new Set(['bad-argument', 'bad-text', 'bad-shape', 'bad-file']);

/** Status and failure of an error that ended a request or an item. What went wrong inside is only for the log. */
export function failureOf(error: unknown): Failure & { readonly status: number } {
  if (error instanceof Refusal) return { status: error.statusCode, code: error.code, message: error.message };
  if (error instanceof QueueFull) return { status: 429, code: 'busy', message: error.message };
  if (isRingformerError(error) && BAD_INPUT.has(error.code))
    return { status: 422, code: error.code, message: reasonOf(error) };
  const status = statusOf(error);
  if (status >= 400 && status < 500)
    return { status, code: CODES[status] ?? 'bad-request', message: (error as Error).message };
  return { status: 500, code: 'internal', message: 'Something went wrong inside the server. Its log says more.' };
}

const CODES: Readonly<Record<number, string>> = {
  404: 'not-found',
  408: 'timeout',
  413: 'too-large',
  415: 'unsupported-type',
};

/** The status that the web framework gave an error of its own. */
const statusOf = (error: unknown): number => Number((error as { statusCode?: unknown } | undefined)?.statusCode ?? 500);
