import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { codeOf, isRingformerError, RingformerError, whyNot } from '@ringformer/core/base';
import { getObject, parseS3 } from './s3.ts';
import type { Range, Store } from './storage.ts';

/** Begins the URIs of inputs that are kept in the store of the run itself. */
const IN_STORE = 'run:';
export const inStore = (name: string): string => `${IN_STORE}${name}`;

/** What an input is called in messages. */
export const nameOf = (uri: string): string => (uri.startsWith(IN_STORE) ? uri.slice(IN_STORE.length) : basename(uri));

/**
 * The bytes of a file, of an object in a bucket (s3://), or from the web. What ends in .gz is decompressed, and the range is
 * one of what it holds: everything before is decompressed too.
 * @throws RingformerError 'bad-file' with the reason if it cannot be read
 */
export async function* readRange(
  uri: string,
  store: Store,
  { start = 0, end = Number.POSITIVE_INFINITY }: Range = {},
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (end <= start) return;
  try {
    if (!/\.gz$/i.test(uri)) return yield* await open(uri, store, { start, end });
    const text = createGunzip();
    const whole = await open(uri, store, { start: 0, end: Number.POSITIVE_INFINITY });
    yield* part(pipeline(Readable.from(whole), text, () => {}) as AsyncIterable<Uint8Array>, start, end);
  } catch (cause) {
    signal?.throwIfAborted();
    if (isRingformerError(cause)) throw cause;
    throw new RingformerError(
      'bad-file',
      `[ringformer/batch] ${uri} cannot be read: ${whyNot(cause)}.${remedyOf(cause)}`,
      {
        cause,
      },
    );
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: ' Every machine needs it at this path.',
  Z_DATA_ERROR: ' It is not what gzip writes, or damaged. Without .gz at the end of its name it is read as it is.',
  Z_BUF_ERROR: ' It is cut short: copy it again.',
};
const remedyOf = (cause: unknown): string => REMEDIES[codeOf(cause)] ?? '';

type Needed = Required<Range>;

async function open(uri: string, store: Store, range: Needed): Promise<AsyncIterable<Uint8Array>> {
  if (uri.startsWith(IN_STORE)) return store.stream(uri.slice(IN_STORE.length), range);
  const object = parseS3(uri);
  if (object) return getObject(object, range);
  if (/^https?:/i.test(uri)) return fromWeb(uri, range);
  const path = uri.startsWith('file:') ? fileURLToPath(uri) : uri;
  if (!statSync(path).isFile())
    throw new RingformerError(
      'bad-file',
      `[ringformer/batch] ${uri} is not a file. Workers read it again, part by part, so it can't be a folder or a pipe: give the files.`,
    );
  const { start, end } = range;
  return createReadStream(path, { start, ...(Number.isFinite(end) && { end: end - 1 }) });
}

async function fromWeb(url: string, { start, end }: Needed): Promise<AsyncIterable<Uint8Array>> {
  const whole = start === 0 && !Number.isFinite(end);
  const range = `bytes=${start}-${Number.isFinite(end) ? end - 1 : ''}`;
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity', ...(!whole && { range }) } });
  if (response.status !== (whole ? 200 : 206) || !response.body) {
    await response.body?.cancel();
    const why =
      response.status === 200 ? 'its server sends no parts of files' : `its server answered ${response.status}`;
    throw new RingformerError('bad-file', `[ringformer/batch] ${url} cannot be read: ${why}.`);
  }
  return response.body as unknown as AsyncIterable<Uint8Array>;
}

/** The bytes from `start` to `end` of a stream. */
async function* part(stream: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of stream) {
    const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (piece.length > 0) yield piece;
    at += chunk.length;
    if (at >= end) return;
  }
}
