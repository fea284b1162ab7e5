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

/** Also of another thread, from which errors come without their class. */
const isRefusal = (error: unknown): error is Refusal => error instanceof Error && error.name === 'Refusal';

/** Codes of @ringformer/core that say the input is to blame. */
const BAD_INPUT = new Set(['bad-argument', 'bad-text', 'bad-shape', 'bad-file']);

/** Status and failure of an error that ended a request or an item. What went wrong inside is only for the log. */
export function failureOf(error: unknown): Failure & { readonly status: number } {
  if (isRefusal(error)) return { status: error.statusCode, code: error.code, message: error.message };
  if (error instanceof QueueFull) return { status: 429, code: 'busy', message: error.message };
  if (isRingformerError(error) && BAD_INPUT.has(error.code))
    return { status: 422, code: error.code, message: reasonOf(error) };
  const status = statusOf(error);
  if (status >= 400 && status < 500)
    return { status, code: CODES[status] ?? 'bad-request', message: saidAs(error as Error & { code?: string }) };
  return { status: 500, code: 'internal', message: 'Something went wrong inside the server. Its log says more.' };
}

/** What the web framework complains of, in this server's words. */
const WORDS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty; expected JSON.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than this server takes. Send less at a time.',
  FST_REQ_FILE_TOO_LARGE: 'The file is larger than this server takes. Send it in parts.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as its Content-Length says.',
  FST_PARTS_LIMIT: 'The form has too many parts.',
  FST_FIELDS_LIMIT: 'The form has too many fields.',
  FST_FILES_LIMIT: 'The form has more than one file. Send one at a time.',
};

const saidAs = ({ code = '', message }: Error & { code?: string }): string => WORDS[code] ?? message;

const CODES: Readonly<Record<number, string>> = {
  404: 'not-found',
  408: 'timeout',
  413: 'too-large',
  415: 'unsupported-type',
};

/** The status that the web framework gave an error of its own. */
const statusOf = (error: unknown): number => Number((error as { statusCode?: unknown } | undefined)?.statusCode ?? 500);
