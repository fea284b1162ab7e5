import { RingformerError } from '@ringformer/core/base';

/**
 * A file being downloaded: the first `have` of `bytes` have arrived; `tag` is the strong ETag of the version they belong to.
 */
export type Part = { bytes: Uint8Array<ArrayBuffer>; have: number; tag?: string };

export type DownloadOptions = {
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  /** How often to retry a broken connection that brings no new bytes, and the first wait in milliseconds, which doubles. */
  readonly retries: number;
  readonly delay: number;
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly stall: number;
  /** 'reload' bypasses the browser's HTTP cache. */
  readonly cache: RequestCache;
  readonly onBytes: (have: number) => void;
};

/**
 * Fills `part`, continuing from what it already has. After a broken connection it resumes with a Range request, or starts
 * over if the server ignores Range or now has a different file. Whatever happens, `part` records how far it got.
 * @throws RingformerError 'offline' if the connection keeps failing, 'bad-file' if the file is missing or has a different
 * length; the signal's reason.
 */
export async function download(address: string, part: Part, options: DownloadOptions): Promise<void> {
  const { signal, retries, delay } = options;
  let farthest = part.have; // a server without Range starts over every time
  for (let failed = 0; part.have < part.bytes.length; ) {
    let cause: unknown;
    try {
      await receive(address, part, options);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RingformerError) throw error;
      cause = error;
    }
    if (part.have === part.bytes.length) return;
    failed = part.have > farthest ? 0 : failed + 1;
    farthest = Math.max(farthest, part.have);
    if (failed > retries) throw broken(address, part, cause);
    await wait(delay * 2 ** Math.max(0, failed - 1), signal);
  }
}

/** Reads one response as far as it gets; if it stalls, the connection is dropped. */
async function receive(address: string, part: Part, options: DownloadOptions): Promise<void> {
  const { stall, signal } = options;
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error(`nothing came for ${stall / 1000} s`)), stall);
  };
  listen();
  try {
    await receiveAll(address, part, { ...options, signal: AbortSignal.any([signal, silence.signal]) }, listen);
  } finally {
    clearTimeout(timer);
  }
}

async function receiveAll(
  address: string,
  part: Part,
  { fetch, signal, cache, onBytes }: DownloadOptions,
  heard: () => void,
): Promise<void> {
  const { bytes } = part;
  const headers: Record<string, string> = {};
  if (part.have > 0) headers.range = `bytes=${part.have}-`;
  if (part.have > 0 && part.tag && sameOrigin(address)) headers['if-range'] = part.tag; // cross-origin it would need a preflight
  const response = await fetch(address, { signal, headers, cache });
  const refuse = (why: string) => {
    void response.body?.cancel().catch(() => {});
    throw new RingformerError('bad-file', `[ringformer/worker] ${shown(address)} ${why}`);
  };
  const { status } = response;
  if (status === 416)
    refuse(`ends before the ${bytes.length} bytes that the manifest promises. It is cut short or a newer version.`);
  if (status === 408 || status === 429 || status >= 500) throw new Error(`the server answered ${status}`);
  if (!response.ok) refuse(`cannot be read: the server answered ${status}. Is it where the manifest says?`);
  const coded = response.headers.get('content-encoding'); // then content-length is not the decoded length
  const [, from, whole] = /^bytes (\d+)-\d+\/(\d+)/.exec(response.headers.get('content-range') ?? '') ?? [];
  if (status !== 206)
    part.have = 0; // the whole file: the server ignored Range or has a different file
  else if (from !== undefined && Number(from) !== part.have) {
    throw new Error(`the server sent bytes from ${from} on, not from ${part.have}`);
  }
  const length = status === 206 ? whole : coded ? undefined : (response.headers.get('content-length') ?? undefined);
  if (length !== undefined && Number(length) !== bytes.length) {
    refuse(`has ${length} bytes, but the manifest says ${bytes.length}. It is cut short or a different version.`);
  }
  const tag = response.headers.get('etag');
  part.tag = tag && !tag.startsWith('W/') && !coded ? tag : undefined;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    if (part.have + next.value.length > bytes.length) {
      void reader?.cancel().catch(() => {});
      refuse(`has more than the ${bytes.length} bytes that the manifest promises. It is a different version.`);
    }
    bytes.set(next.value, part.have);
    part.have += next.value.length;
    heard();
    onBytes(part.have);
  }
}

function broken(address: string, { have, bytes }: Part, cause: unknown): RingformerError {
  const came = `${have} of ${bytes.length} bytes arrived`;
  if (cause === undefined) {
    return new RingformerError(
      'bad-file',
      `[ringformer/worker] ${shown(address)} is cut short: ${came}. Upload it again.`,
    );
  }
  return new RingformerError(
    'offline',
    `[ringformer/worker] ${shown(address)} cannot be fetched: ${came}, then: ${(cause as Error).message}. Try again when you are online; the download resumes from there.`,
    { cause },
  );
}

const shown = (address: string) => address.slice(0, 200);

function sameOrigin(address: string): boolean {
  return typeof location === 'undefined' || new URL(address).origin === location.origin;
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
