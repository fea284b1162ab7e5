import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Refusal } from './failure.ts';

const digest = (token: string) => createHash('sha256').update(token).digest();

/** Whether a token is one of them, in the same time for every token. */
export function tokenCheck(tokens: readonly string[]): (token: string) => boolean {
  const known = tokens.map(digest);
  return (token) => {
    const given = digest(token);
    return known.map((one) => timingSafeEqual(one, given)).includes(true);
  };
}

/** The token of `Authorization: Bearer …`, or of LibreTranslate's `api_key` once the body is read. */
export function tokenOf({ headers, body, query }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  for (const from of [body, query]) {
    const key: unknown =
      typeof from === 'object' && from !== null ? (from as { api_key?: unknown }).api_key : undefined;
    if (typeof key === 'string') return key;
  }
  return undefined;
}

export const unauthorized = (): Refusal =>
  new Refusal(401, 'unauthorized', 'Expected Authorization: Bearer and a token that this server knows.');
