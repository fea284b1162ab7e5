import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServeOptions } from '@ringformer/serve';
import { errorCode, FailedError, UsageError } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { fileError } from '../logs/file-error.ts';
import type { ModelChoice } from './open-models.ts';

export type ServeRequest = ModelChoice & {
  readonly io: Io;
  readonly tokenFile: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly options: ServeOptions & { readonly host: string; readonly port: number };
};

/** Built beside this file's own bundle: see tsup.config.ts. */
const THREAD = new URL('./serve-thread.js', import.meta.url);
const DOCUMENTS = new URL('./serve-documents.js', import.meta.url);

/**
 * Serves until it is stopped: then it answers what it has accepted, and returns.
 * @throws FailedError if the address cannot be listened on
 */
export async function serveModels(request: ServeRequest): Promise<void> {
  const { io, tokenFile, quiet, json } = request;
  const options = { ...request.options, host: request.options.host.replace(/^\[(.*)\]$/, '$1') }; // IPv6 as in addresses of pages
  const tokens = tokensOf(tokenFile, io.env.RINGFORMER_TOKEN);
  const { documentsInThread, modelsInThread, startServer } = await import('@ringformer/serve');
  const { models: translators, classifier, engine } = request;
  const thread = await modelsInThread(THREAD, { models: translators, classifier, engine } satisfies ModelChoice);
  const { models } = thread;
  const documents = documentsInThread(DOCUMENTS);
  const images = documentsInThread(DOCUMENTS, { threads: 1 }); // of their own: a slow document keeps no image waiting
  try {
    io.signal.throwIfAborted();
    const log: ServeOptions['log'] = quiet ? false : { write: (line: string) => void io.stdout.write(line) };
    const { translateDocument } = documents;
    const { readImage } = images;
    const all = { ...options, tokens, translateDocument, readImage, log };
    const server = await startServer(models, all).catch((cause: unknown) => {
      throw cannotListen(cause, options);
    });
    const pairs = (models.translators ?? []).map(({ config: { from = '?', to = '?' } }) => `${from} → ${to}`);
    const classes = models.classifier ? [`${models.classifier.classifier.config.classes} classes of images`] : [];
    const what = [...pairs, ...classes].join(', ');
    if (json)
      await writeJson(io.stderr, { url: server.url, pairs, classes: models.classifier?.classifier.config.labels });
    else await write(io.stderr, `${server.url} serves ${what}. Ctrl-C stops it.\n`);
    const stopped = io.signal.aborted ? undefined : once(io.signal, 'abort').then(() => undefined);
    const lost = await Promise.race([stopped, thread.ended]);
    if (lost) throw lost; // whoever watches over this program starts it again
    if (!json) await write(io.stderr, 'Answering what was accepted. Ctrl-C again ends it at once.\n').catch(() => {});
    await server.close();
  } finally {
    await Promise.all([thread.end(), documents.end(), images.end()]);
  }
}

/** @throws UsageError */
function tokensOf(file: string | undefined, own: string | undefined): string[] {
  const tokens = own ? [own] : [];
  if (file !== undefined) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (cause) {
      throw fileError('read', file, cause);
    }
    tokens.push(
      ...text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    );
    if (tokens.length === 0) throw new UsageError(`--token-file: ${file} has no tokens.`);
  }
  const short = tokens.findIndex((token) => token.length < 8);
  if (short >= 0)
    throw new UsageError(`Token ${short + 1} is shorter than 8 characters. Make one with openssl rand -hex 32.`);
  return tokens;
}

function cannotListen(cause: unknown, { host, port }: { readonly host: string; readonly port: number }): unknown {
  const code = errorCode(cause);
  const at = `${host}:${port}`;
  if (code === 'EADDRINUSE')
    return new FailedError(`${at} is taken by another program. Choose another with --port; 0 takes a free one.`, {
      cause,
    });
  if (code === 'EACCES') return new FailedError(`${at} may not be listened on. Choose a port above 1023.`, { cause });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new FailedError(`${host} is not an address of this machine. 127.0.0.1 and 0.0.0.0 always work.`, { cause });
  return cause;
}
