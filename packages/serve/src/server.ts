import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import cors from '@fastify/cors';
import swagger from '@fastify/swagger';
import { isRecord, RingformerError } from '@ringformer/core/base';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { QueueFull } from './batcher.ts';
import { readBodies, shortly } from './bodies.ts';
import { answerClassify, answerImage, type ClassifyBody, type Gallery, makeGallery } from './classify.ts';
import { checkAmount, type Desk, makeDesk } from './desk.ts';
import { failureOf, Refusal } from './failure.ts';
import { answerFile, type FileBody, makeShelf } from './files.ts';
import { detectLanguages, languagesOf, pairOf } from './languages.ts';
import { Gone, type Lease, makeLeases } from './lease.ts';
import { answerLibre, type LibreBody } from './libre.ts';
import { loggerOf, withoutMessage } from './log.ts';
import { makeMetrics } from './metrics.ts';
import { answerNoise, answerUnknown, oddType, sayWrong } from './odd-requests.ts';
import { type Models, type ServeOptions, settingsOf } from './options.ts';
import * as schemas from './schemas.ts';
import { tokenCheck, tokenOf, unauthorized } from './tokens.ts';
import { answerOwn, answerStream, checkMembers, type TranslateBody } from './translate.ts';

/** A server that answers. */
export type Server = {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
  /**
   * Answers what was sent so far, takes no more, then ends: `/ready` says 503 meanwhile. What is not answered after
   * `drain` seconds is answered with 503. The models are the caller's, to dispose of afterwards.
   */
  close(): Promise<void>;
};

/** Slow clients: seconds to send the headers, and the whole request. */
const [HEADERS, REQUEST] = [10, 30];
/** Seconds after a request's time in which a client must read something of its answer. */
const UNREAD = 5;
/** Seconds that a connection may be idle: longer than the load balancers' usual 60. */
const KEEP_ALIVE = 72;
/** Milliseconds that a server which stops still takes requests: clients sent them before they could know. */
const UNDERWAY = 1000;
/** Whether a request needs no token, and is answered while the server stops. */
const isOpen = ({ url }: FastifyRequest): boolean => ['/health', '/ready'].includes(url.split('?')[0] as string);
/** Whether it needs no token: also what LibreTranslate's clients ask without. Names of files cannot be guessed. */
const isPublic = (request: FastifyRequest): boolean =>
  isOpen(request) || /^\/(languages(\?|$)|download_file\/)/.test(request.url);

/**
 * Serves models over HTTP.
 * @throws RingformerError 'bad-argument'; the system's error if the address cannot be listened on (`EADDRINUSE`, `EACCES`)
 */
export async function startServer(
  models: Models,
  options: ServeOptions & { readonly host?: string; readonly port?: number } = {},
): Promise<Server> {
  const { host = '127.0.0.1', port = 5000, ...others } = options;
  const { app, stop } = makeApp(models, others);
  await app.listen({ host, port });
  const { address, family, port: actual } = app.server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`, close: stop };
}

/** The server without a socket. `stop` is as `Server.close`. */
export function makeApp(models: Models, options?: ServeOptions): { app: FastifyInstance; stop(): Promise<void> } {
  const settings = settingsOf(options);
  const { translators = [], classifier } = models;
  if (translators.length === 0 && !classifier)
    throw new RingformerError('bad-argument', '[ringformer/serve] Expected a translator or a classifier, got neither.');
  const pairs = translators.map((translator) => Object.values(pairOf(translator)).join(' → '));
  const twice = pairs.find((pair, i) => pairs.indexOf(pair) < i);
  if (twice)
    throw new RingformerError('bad-argument', `[ringformer/serve] Two translators for ${twice}. Give one of them.`);

  const metrics = makeMetrics({
    translate: () => desk?.works.reduce((sum, work) => sum + work.waiting(), 0) ?? 0,
    align: () => desk?.aligners.reduce((sum, aligner) => sum + (aligner?.waiting() ?? 0), 0) ?? 0,
    classify: () => gallery?.work.waiting() ?? 0,
  });
  const desk: Desk | undefined = translators.length > 0 ? makeDesk(translators, settings, metrics) : undefined;
  const gallery: Gallery | undefined = classifier && makeGallery(classifier, settings, metrics);
  const leases = makeLeases(settings.timeout);
  const known = settings.tokens.length > 0 ? tokenCheck(settings.tokens) : undefined;
  let leaving = false; // still takes requests: some are on their way
  let stopping = false;

  const app = Fastify({
    logger: loggerOf(settings),
    logController: new LogController({ disableRequestLogging: true }), // `onResponse` has one line for each
    bodyLimit: settings.maxBody,
    requestTimeout: REQUEST * 1000,
    connectionTimeout: (settings.timeout + UNREAD) * 1000,
    keepAliveTimeout: KEEP_ALIVE * 1000,
    http: { requireHostHeader: false, headersTimeout: HEADERS * 1000, connectionsCheckingInterval: 1000 },
    forceCloseConnections: 'idle',
    return503OnClosing: false, // a request that arrives while it stops is answered by `onRequest`, in the same form as others
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
    clientErrorHandler: answerNoise,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
    schemaErrorFormatter: sayWrong,
  });
  const origin = settings.origins === '*' ? '*' : [...settings.origins];
  // Before the hooks that refuse: a page reads an error only if its origin is allowed to.
  if (origin.length > 0) app.register(cors, { origin, strictPreflight: false, exposedHeaders: ['retry-after'] });
  app.after(() => readBodies(app, settings.maxBody));
  app.register(swagger, {
    transform: ({ schema, url }) => ({
      url,
      schema: url === '/translate_file' ? { ...schema, body: schemas.fileForm } : schema,
    }),
    openapi: {
      info: { title: 'RingFormer', description: 'Translation and image classification', version: '1' },
      ...(known && {
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        security: [{ token: [] }],
      }),
    },
  });

  app.after(() => {
    app.addHook('onRequest', async (request) => {
      if (request.raw.httpVersion === '1.1' && !request.headers.host)
        throw new Refusal(400, 'bad-request', 'The request has no Host header.');
      if (stopping && !isOpen(request)) throw new Refusal(503, 'stopping', 'The server is stopping.');
      if (!known || isPublic(request)) return;
      const later = request.method === 'POST' && tokenOf(request) === undefined; // it may be in the body
      if (!later && !known(tokenOf(request) ?? '')) throw unauthorized();
    });
    app.addHook('preValidation', async (request) => {
      if (!known || isPublic(request)) return;
      if (!known(tokenOf(request) ?? '')) throw unauthorized();
    });
  });
  app.addHook('onSend', async (_, reply) => {
    if (leaving) reply.header('connection', 'close'); // an idle connection would keep the server alive
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const seconds = reply.elapsedTime / 1000;
    metrics.requests.observe({ route, status: String(reply.statusCode) }, seconds);
    const { method, id } = request;
    request.log.info({ id, method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered');
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  answerUnknown(app);

  /** Answers within the request's time. */
  async function within<T>(reply: FastifyReply, answer: (lease: Lease) => Promise<T>): Promise<T> {
    const lease = leases.grant(reply);
    try {
      return await answer(lease);
    } finally {
      lease.end();
    }
  }

  app.after(() => {
    const answers = (ok: object) => ({ 200: ok, ...schemas.refusals });
    if (desk) {
      const schema = { summary: 'Translate', body: schemas.translateBody, response: answers(schemas.translateAnswer) };
      app.post<{ Body: TranslateBody }>('/translate', { schema }, (request, reply) => {
        const { body } = request;
        if (Buffer.isBuffer(body)) throw oddType(request);
        const [own, libre] = [body.text !== undefined, body.q !== undefined];
        if (own === libre) throw new Refusal(400, 'bad-request', 'Expected text (or q, as LibreTranslate has it).');
        if (libre) return within(reply, (lease) => answerLibre(desk, body as unknown as LibreBody, lease));
        checkMembers(body);
        if (body.stream !== true) return within(reply, (lease) => answerOwn(desk, body, lease));
        const lease = leases.grant(reply);
        try {
          return answerStream(desk, body, lease, reply);
        } catch (error) {
          lease.end();
          throw error;
        }
      });
      app.get(
        '/languages',
        { schema: { summary: 'What translates to what', response: answers(schemas.languagesAnswer) } },
        async () => languagesOf(translators),
      );
      const detect = {
        summary: 'Guess the language',
        body: schemas.detectBody,
        response: answers(schemas.detectAnswer),
      };
      app.post<{ Body: { q: string } }>('/detect', { schema: detect }, async ({ body: { q } }) => {
        checkAmount([q], settings);
        return detectLanguages(translators, q);
      });
      const shelf = makeShelf(8 * settings.maxBody);
      const description = 'A form (multipart/form-data) with file, source and target, as LibreTranslate has it';
      app.post<{ Body: FileBody }>(
        '/translate_file',
        { schema: { summary: 'Translate a file', description, response: answers(schemas.fileAnswer) } },
        (request, reply) =>
          within(reply, async (lease) => {
            const id = await answerFile(desk, shelf, request.body ?? {}, lease);
            const scheme = request.headers['x-forwarded-proto'] === 'https' ? 'https' : request.protocol;
            return { translatedFileUrl: `${scheme}://${request.host}/download_file/${id}` };
          }),
      );
      app.get<{ Params: { id: string } }>('/download_file/:id', { schema: { hide: true } }, async (request, reply) => {
        const file = shelf.get(request.params.id);
        if (!file) throw new Refusal(404, 'not-found', 'This file is not here, or not any more.');
        return reply
          .type('application/octet-stream') // never a page of this server's own
          .headers({
            'content-disposition': `attachment; filename="${file.filename}"`,
            'x-content-type-options': 'nosniff',
            'cache-control': 'no-store',
          })
          .send(file.bytes);
      });
    }
    if (gallery) {
      const body = { content: { 'application/json': { schema: schemas.classifyBody } } };
      const response = answers(schemas.classifyAnswer);
      const description = 'JSON; or the bytes of one image as image/*, with the other members in the query';
      app.post<{ Body: ClassifyBody | Buffer; Querystring: Record<string, string | string[]> }>(
        '/classify',
        { schema: { summary: 'Classify images', description, body, response } },
        (request, reply) => {
          const { body, query } = request;
          if (!isRecord(body)) throw oddType(request);
          if (!Buffer.isBuffer(body)) return within(reply, (lease) => answerClassify(gallery, body, lease));
          return within(reply, (lease) => answerImage(gallery, body, choiceOf(query), lease));
        },
      );
    }
    const status = schemas.statusAnswer;
    app.get('/health', { schema: { summary: 'Alive', response: { 200: status } } }, async (_, reply) => {
      // a page that may not ask can still tell that there is a server, and say so
      reply.header('cross-origin-resource-policy', 'cross-origin');
      return { status: 'ok' };
    });
    app.get(
      '/ready',
      { schema: { summary: 'Takes requests', response: { 200: status, 503: status } } },
      async (_, reply) => (leaving ? reply.code(503).send({ status: 'stopping' }) : { status: 'ready' }),
    );
    app.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
    );
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    leaving = true;
    if (app.server.listening) await wait(UNDERWAY);
    stopping = true;
    const late = setTimeout(() => leases.revoke(), settings.drain * 1000);
    try {
      await app.close();
      const all = [...(desk?.works ?? []), ...(desk?.aligners ?? []), gallery?.work];
      await Promise.all(all.map((work) => work?.idle()));
    } finally {
      clearTimeout(late);
    }
  };
  return {
    app,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  if ((error as { code?: unknown }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return answerError(oddType(request), request, reply);
  const multipart = /^multipart\//i.test(request.headers['content-type'] ?? '');
  if (multipart && request.body === undefined && !(error instanceof Refusal)) {
    const { statusCode } = error as { statusCode?: number };
    const refusal = new Refusal(400, 'bad-request', 'The form is not complete, or not as its Content-Type says.');
    if (statusCode === undefined || statusCode >= 500) return answerError(refusal, request, reply);
  }
  if (error instanceof Gone) return reply.code(499).send(); // nobody reads it; the log and the metrics count it
  const { status, code, message } = failureOf(error);
  if (status >= 500 && !(error instanceof Refusal))
    request.log.error({ id: request.id, ...withoutMessage(error) }, 'failed');
  if (error instanceof QueueFull) reply.header('retry-after', String(error.after));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const libre = isLibre(request);
  return reply.code(status).send({ error: libre ? message : { code, message } }); // its clients show `error` as a text
}

/** Whether LibreTranslate's words were used. */
const isLibre = ({ url, body }: FastifyRequest): boolean =>
  /^\/(detect|translate_file)(\?|$)/.test(url) || (isRecord(body) && 'q' in body && !('text' in body));

/** What may stand in the query of an image's bytes. @throws Refusal 400 */
function choiceOf(query: Readonly<Record<string, string | string[]>>): Omit<ClassifyBody, 'image' | 'images'> {
  const refuse = (name: string, expected: string): never => {
    throw new Refusal(400, 'bad-request', `${shortly(name)} in the query: expected ${expected}.`);
  };
  const odd = Object.keys(query).find((name) => !['top', 'levels', 'invert', 'api_key'].includes(name));
  if (odd !== undefined) refuse(odd, 'top, levels or invert');
  const twice = Object.keys(query).find((name) => typeof query[name] !== 'string');
  if (twice !== undefined) refuse(twice, 'one value');
  const whole = (name: 'top' | 'levels') => {
    const written = query[name] as string | undefined;
    if (written === undefined) return undefined;
    return /^[1-9]\d{0,4}$/.test(written) ? Number(written) : refuse(name, 'a whole number from 1 to 99999');
  };
  const { invert = 'false' } = query;
  if (invert !== 'true' && invert !== 'false') refuse('invert', 'true or false');
  return { top: whole('top'), levels: whole('levels'), invert: invert === 'true' };
}
