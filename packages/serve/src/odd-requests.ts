import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { shortly } from './bodies.ts';
import { Refusal } from './failure.ts';

/** Paths and their methods, for requests that have the right path only. */
const METHODS: Readonly<Record<string, string>> = {
  '/translate': 'POST',
  '/translate_file': 'POST',
  '/detect': 'POST',
  '/classify': 'POST',
  '/languages': 'GET, HEAD',
  '/health': 'GET, HEAD',
  '/ready': 'GET, HEAD',
  '/metrics': 'GET, HEAD',
  '/openapi.json': 'GET, HEAD',
};

/** Answers requests for what does not exist: 404, or 405 with the methods that do. */
export function answerUnknown(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] as string;
    const allowed = Object.hasOwn(METHODS, path) && isRouted(app, path) ? METHODS[path] : undefined;
    if (allowed) {
      reply.header('allow', `${allowed}, OPTIONS`);
      if (request.method === 'OPTIONS') return reply.code(204).send();
      const message = `${path} does not take ${request.method}. Expected ${allowed}.`;
      return reply.code(405).send({ error: { code: 'bad-method', message } });
    }
    const routes = Object.keys(METHODS).filter((path) => isRouted(app, path));
    const message = `There is no ${shortly(path)} here. Expected ${routes.join(', ')}.`;
    return reply.code(404).send({ error: { code: 'not-found', message } });
  });
}

const isRouted = (app: FastifyInstance, path: string): boolean =>
  app.hasRoute({ url: path, method: 'GET' }) || app.hasRoute({ url: path, method: 'POST' });

/** What is not HTTP: answered in the same form as everything else, and the connection is closed. */
export function answerNoise(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, code, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'too-large', 'The headers are larger than 16 KiB.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'timeout', 'The request took too long to arrive.']
        : ['400 Bad Request', 'bad-request', 'This is not a valid HTTP request.'];
  const body = JSON.stringify({ error: { code, message } });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** What is wrong with a request, by the schema's first complaint. */
export function sayWrong(errors: readonly FastifySchemaValidationError[], part: string): Error {
  const wrong = errors.find(({ keyword }) => keyword === 'oneOf') ?? errors[0];
  const name = wrong?.instancePath.slice(1).replaceAll('/', '.') || `The ${part}`;
  const { additionalProperty } = (wrong?.params ?? {}) as { additionalProperty?: unknown };
  const message =
    wrong?.keyword === 'oneOf'
      ? `${name}: expected a text or a list of texts.`
      : additionalProperty === undefined
        ? `${name} ${(wrong?.message ?? 'is not as described').replace(/(?<=^must be )(?=[a-z]+$)/, 'of type ')}.`
        : `Unknown member ${JSON.stringify(shortly(String(additionalProperty)))}.`;
  return new Refusal(400, 'bad-request', message);
}

/** A type of content that nobody reads. */
export const oddType = ({ headers, method }: FastifyRequest): Refusal =>
  new Refusal(
    415,
    'unsupported-type',
    !headers['content-type']
      ? `Expected ${method} with Content-Type: application/json.`
      : `Expected application/json, a form or an image, got ${shortly(headers['content-type'])}.`,
  );
