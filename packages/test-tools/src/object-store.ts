import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ObjectStore = {
  readonly url: string;
  /** By '/bucket/key'. */
  readonly objects: Map<string, Buffer>;
  /** Method, path and status of every request. */
  readonly asked: string[];
  /** What goes wrong with the next requests that it is given: one by one, until it returns nothing. */
  fault?: (request: { readonly method: string; readonly key: string }) => Fault | undefined;
  close(): void;
};

/**
 * A status and a code of S3; 'lost': the request is carried out, and its answer is lost; 'silent': it is never answered; 'cut':
 * only half of the answer arrives.
 */
export type Fault = { readonly status: number; readonly code: string } | 'lost' | 'silent' | 'cut';

/** Keys of a page of a list: few, so that lists have several. */
const MOST_KEYS = 3;

/** A stand-in for a store of objects, with as much of S3's protocol as a run of `ringformer batch` needs. It checks no signatures. */
export async function startObjectStore(): Promise<ObjectStore> {
  const objects = new Map<string, Buffer>();
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const content = await bodyOf(request);
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const wrong = store.fault?.({ method: request.method ?? '', key: decodeURIComponent(pathname) });
    if (wrong === 'silent') return;
    const { status, body } =
      typeof wrong === 'object' ? fault(wrong.status, wrong.code) : answer(objects, request, content);
    asked.push(`${request.method} ${request.url} ${status}`);
    if (wrong === 'lost') request.socket.destroy();
    else if (wrong === 'cut') cut(response, status, body);
    else send(response, status, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const store: ObjectStore = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return store;
}

type Answer = { readonly status: number; readonly body?: string | Buffer };

function answer(objects: Map<string, Buffer>, { method, url, headers }: IncomingMessage, body: Buffer): Answer {
  if (!headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential=')) return fault(403, 'AccessDenied');
  const { pathname, searchParams } = new URL(url ?? '', 'http://localhost');
  const key = decodeURIComponent(pathname);
  if (method === 'PUT') {
    if (headers['if-none-match'] === '*' && objects.has(key)) return fault(412, 'PreconditionFailed');
    objects.set(key, body);
    return { status: 200 };
  }
  if (method === 'DELETE') {
    objects.delete(key);
    return { status: 204 };
  }
  if (searchParams.has('list-type')) {
    const bucket = key.split('/')[1] ?? '';
    return { status: 200, body: listed(objects, `/${bucket}/`, searchParams) };
  }
  const found = objects.get(key);
  if (!found) return fault(404, 'NoSuchKey');
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (start === undefined) return { status: 200, body: found };
  return { status: 206, body: found.subarray(Number(start), end ? Number(end) + 1 : undefined) };
}

function listed(objects: Map<string, Buffer>, bucket: string, query: URLSearchParams): string {
  const from = Number(query.get('continuation-token') ?? 0);
  const keys = [...objects.keys()].filter((key) => key.startsWith(`${bucket}${query.get('prefix')}`)).sort();
  const page = keys
    .slice(from, from + MOST_KEYS)
    .map((key) => `<Contents><Key>${key.slice(bucket.length)}</Key></Contents>`);
  const next = from + MOST_KEYS;
  const token = next < keys.length ? `<NextContinuationToken>${next}</NextContinuationToken>` : '';
  return `<?xml version="1.0"?><ListBucketResult>${page.join('')}${token}</ListBucketResult>`;
}

const fault = (status: number, code: string): Answer => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});

function send(response: ServerResponse, status: number, body: string | Buffer = ''): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
}

function cut(response: ServerResponse, status: number, body: string | Buffer = ''): void {
  const whole = Buffer.from(body);
  response.writeHead(status, { 'content-length': whole.length });
  response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => response.destroy());
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}
