import { type Backend, decoding, RingformerError } from '@ringformer/core/base';
import { fetchFile } from './fetch-file.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type ModelAt, manifestAddress, placesOf } from './places.ts';
import { type CacheLike, openStore, type Store } from './store.ts';

export type OpenOptions<Role extends string = string> = {
  /** Which of the model's files to fetch; all by default. */
  readonly roles?: readonly Role[];
  readonly signal?: AbortSignal;
  /** Bytes available so far (stored ones included) and in total, over all requested files. `loaded` never decreases. */
  readonly onProgress?: (bytes: { loaded: number; total: number }) => void;
  /** Called for problems that leave the model usable, such as full storage. Default `console.warn`. */
  readonly onWarning?: (message: string) => void;
  /**
   * Where to store files: the name of a cache in Cache Storage (default 'ringformer-models'), a cache, or false for nowhere.
   */
  readonly cache?: string | CacheLike | false;
  /**
   * `times`: how often to retry a broken connection that brings no new bytes (3). `delay`: milliseconds before the first
   * retry, doubled each time (500). `stall`: milliseconds of silence after which a connection counts as broken (30 000).
   */
  readonly retry?: { readonly times?: number; readonly delay?: number; readonly stall?: number };
  /** Used instead of the global `fetch`, for example to add credentials. */
  readonly fetch?: typeof globalThis.fetch;
};

/** A model whose files have been loaded and match its manifest. */
export type OpenModel<Role extends string = string> = {
  readonly manifest: Manifest;
  /** Addresses by role, as `loadTranslator` and `loadClassifier` take them. */
  readonly files: Readonly<Record<Role, string>>;
  /** Reads the model's files from memory and refuses any other address; the bytes are not copied. */
  readonly readBytes: Backend['readBytes'];
  /** False if the manifest could not be fetched and the copy stored last time was used. */
  readonly fresh: boolean;
  /** True if the model can be opened without a connection next time. */
  readonly kept: boolean;
};

/**
 * Fetches a model's files, or uses stored copies, and checks them against the manifest.
 * @throws RingformerError 'offline' without a connection (what has arrived is stored, and the next call resumes from there);
 * 'bad-file' if a file is missing, cut short, or does not match the manifest; 'bad-argument'; the signal's reason.
 */
export async function openModel<Role extends string = string>(
  at: ModelAt<Role>,
  options: OpenOptions<Exclude<Role, 'manifest'>> = {},
): Promise<OpenModel<Exclude<Role, 'manifest'>>> {
  const { onProgress, onWarning = (message) => console.warn(message), cache = 'ringformer-models' } = options;
  const fetch = decoding(options.fetch ?? globalThis.fetch.bind(globalThis));
  const stop = new AbortController();
  const { times: retries = 3, delay = 500, stall = 30_000 } = options.retry ?? {};
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  signal.throwIfAborted();
  const address = manifestAddress(at);
  const store = await openStore(cache, onWarning);
  const before = await store?.manifest(address);
  const { manifest, fresh } = await fetchManifest(address, before, fetch, signal, stall);
  const places = placesOf(manifest, at, options.roles);

  const total = places.reduce((sum, { size }) => sum + size, 0);
  const loaded = new Map<string, number>();
  let told = -1;
  const tell = (role: string, have: number) => {
    loaded.set(role, have);
    const sum = [...loaded.values()].reduce((sum, n) => sum + n, 0);
    if (sum > told) onProgress?.({ loaded: sum, total });
    told = Math.max(told, sum);
  };
  const coming = places.map(async (place) => {
    try {
      const onBytes = (have: number) => tell(place.role, have);
      return await fetchFile(place, store, { fetch, signal, retries, delay, stall, onBytes, warn: onWarning });
    } catch (error) {
      stop.abort(error); // the others store what they have and end
      throw error;
    }
  });
  const ended = await Promise.allSettled(coming);
  options.signal?.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  const files = await Promise.all(coming);
  if (store && fresh) await replaceManifest(store, address, before, manifest);

  const byAddress = new Map(files.map(({ bytes }, i) => [(places[i] as { address: string }).address, bytes]));
  return {
    manifest,
    files: Object.fromEntries(places.map(({ role, address }) => [role, address])) as Record<Role, string>,
    fresh,
    kept: ended.length > 0 && files.every(({ kept }) => kept),
    async readBytes(from, { signal, onProgress } = {}) {
      signal?.throwIfAborted();
      const bytes = byAddress.get(String(from));
      if (!bytes) {
        throw new RingformerError(
          'bad-file',
          `[ringformer/worker] ${String(from).slice(0, 200)} is not one of this model's files: ${[...byAddress.keys()].join(', ')}.`,
        );
      }
      onProgress?.({ loaded: bytes.length, total: bytes.length });
      return bytes;
    },
  };
}

/** The manifest as the server has it now, or the stored one if there is no connection. */
async function fetchManifest(
  address: string,
  kept: Manifest | undefined,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
  stall: number,
): Promise<{ manifest: Manifest; fresh: boolean }> {
  let text: string;
  try {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(stall)]);
    const response = await fetch(address, { signal: soon, cache: 'no-cache' });
    if (!response.ok && response.status < 500) {
      throw new RingformerError(
        'bad-file',
        `[ringformer/worker] ${address} cannot be read: the server answered ${response.status}. Check the address of the model's model.json.`,
      );
    }
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof RingformerError) throw cause;
    if (kept) return { manifest: kept, fresh: false };
    throw new RingformerError(
      'offline',
      `[ringformer/worker] ${address.slice(0, 200)} cannot be fetched: ${(cause as Error).message}. There is no stored copy; try again when you are online.`,
      { cause },
    );
  }
  return { manifest: readManifest(text, address.slice(0, 200)), fresh: true };
}

/** Stores the manifest and drops the files that only its earlier version names. */
async function replaceManifest(
  store: Store,
  address: string,
  before: Manifest | undefined,
  now: Manifest,
): Promise<void> {
  await store.keepManifest(address, now);
  const still = new Set(Object.values(now.files).map(({ sha256 }) => sha256));
  for (const { sha256 } of Object.values(before?.files ?? {})) {
    if (!still.has(sha256)) await store.dropFile(sha256);
  }
}
