import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from './failure.ts';

/** A file of a form. */
export type FormFile = { readonly filename: string; readonly bytes: Buffer };

/** The most fields of a form. */
const FIELDS = 100;

/** What the server reads: JSON, forms, and the bytes of images. What else comes is refused with 415. */
export function readBodies(app: FastifyInstance, maxBody: number): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      parse(request, decode(request, body), done);
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser<Buffer>(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      const text = decode(request, body);
      const form = new URLSearchParams(text);
      const isOdd = (value: string) => value.includes('\ufffd'); // what bytes that are not UTF-8 become
      if ([...form.values()].some(isOdd) && !isOdd(text) && !/%ef%bf%bd/i.test(text))
        throw new Refusal(400, 'bad-request', 'The form is not UTF-8.');
      const several = [...new Set(form.keys())].map((name) => {
        const all = form.getAll(name);
        return [name, name === 'q' && all.length > 1 ? all : all.at(-1)];
      });
      return fromFields(Object.fromEntries(several));
    },
  );
  const raw = /^(image\/[\w.+-]+|application\/octet-stream)$/;
  app.addContentTypeParser(raw, { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => body);
  app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    limits: { fileSize: maxBody, fieldSize: maxBody, files: 1, fields: FIELDS, parts: FIELDS },
    async onFile(part) {
      const file: FormFile = { filename: part.filename, bytes: await part.toBuffer() };
      Object.assign(part, { value: file });
    },
  });
  app.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.body = fromFields(request.body as Record<string, unknown>);
  });
  app.addHook('onRequest', async ({ headers }) => {
    const coding = headers['content-encoding'];
    if (coding && coding.toLowerCase() !== 'identity')
      throw new Refusal(415, 'unsupported-type', `Expected a body without content-encoding, got ${shortly(coding)}.`);
  });
}

/** A form as LibreTranslate's clients send it: its numbers are texts. */
const fromFields = ({ alternatives, ...others }: Record<string, unknown>): Record<string, unknown> => ({
  ...others,
  ...(alternatives !== undefined && { alternatives: Number(alternatives) }),
});

/** @throws Refusal if it is not UTF-8 */
function decode({ headers }: FastifyRequest, body: Buffer): string {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset && !/^(utf-?8|us-ascii)$/i.test(charset))
    throw new Refusal(415, 'unsupported-type', `Expected UTF-8, got charset ${shortly(charset)}. Convert it first.`);
  const text = utf8(body)?.replace(/^\ufeff/, '');
  if (text === undefined) throw new Refusal(400, 'bad-request', 'The body is not UTF-8.');
  return text;
}

/** With its byte order mark, if it has one; undefined if it is not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What a client sent, for a message: one line of at most 40 characters. */
export const shortly = (text: string): string =>
  text.length > 40 ? `${text.slice(0, 40).replace(/\s+/g, ' ')}…` : text.replace(/\s+/g, ' ');
