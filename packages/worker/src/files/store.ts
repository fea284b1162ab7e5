import type { Part } from './download.ts';
import { type Manifest, readManifest } from './manifest.ts';

/** The methods used of a `Cache` in Cache Storage. */
export type CacheLike = Pick<Cache, 'match' | 'put' | 'delete'>;

/** Files by their SHA-256, the beginnings of interrupted downloads, and manifests by their address. Never throws. */
export type Store = {
  file(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** False if there is no room, after a warning. */
  keepFile(sha256: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  dropFile(sha256: string): Promise<void>;
  part(sha256: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; tag?: string } | undefined>;
  keepPart(sha256: string, name: string, part: Part): Promise<void>;
  dropPart(sha256: string): Promise<void>;
  manifest(address: string): Promise<Manifest | undefined>;
  keepManifest(address: string, manifest: Manifest): Promise<void>;
  dropManifest(address: string): Promise<void>;
};

/** Caches map addresses to responses. These addresses only name contents; nothing is ever fetched from them. */
const HOST = 'https://ringformer.invalid';
const TAG = 'x-ringformer-tag';
const atFile = (sha256: string) => `${HOST}/files/${sha256}`;
const atPart = (sha256: string) => `${HOST}/parts/${sha256}`;
const atManifest = (address: string) => `${HOST}/manifests?of=${encodeURIComponent(address)}`;

/** The store, or undefined if nothing can be stored (after a warning) or nothing should be (`false`). */
export async function openStore(
  cache: string | CacheLike | false,
  warn: (message: string) => void,
): Promise<Store | undefined> {
  if (cache === false) return undefined;
  if (typeof cache !== 'string') return storeIn(cache, warn);
  if (typeof caches === 'undefined') {
    warn(
      '[ringformer/worker] Model files are not stored: Cache Storage is missing here. Pages have it on https and localhost.',
    );
    return undefined;
  }
  try {
    return storeIn(await caches.open(cache), warn);
  } catch (cause) {
    warn(
      `[ringformer/worker] Model files are not stored: the browser refuses access to Cache Storage (${told(cause)}).`,
    );
    return undefined;
  }
}

function storeIn(cache: CacheLike, warn: (message: string) => void): Store {
  const get = async (at: string) => {
    try {
      const found = await cache.match(at);
      return found && { bytes: new Uint8Array(await found.arrayBuffer()), tag: found.headers.get(TAG) ?? undefined };
    } catch (cause) {
      warn(`[ringformer/worker] A stored copy cannot be read, so it is fetched again (${told(cause)}).`);
      return undefined;
    }
  };
  const put = async (
    at: string,
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => {
    try {
      const all = { 'content-type': 'application/octet-stream', 'content-length': String(bytes.length), ...headers };
      await cache.put(at, new Response(bytes, { headers: all }));
      return true;
    } catch (cause) {
      const full = (cause as Error)?.name === 'QuotaExceededError';
      const why = full ? "this site's storage is full" : `the browser refused it (${told(cause)})`;
      warn(
        `[ringformer/worker] ${name} (${bytes.length} bytes) is not stored: ${why}. It will be fetched again next time.`,
      );
      return false;
    }
  };
  const drop = async (at: string) => void (await cache.delete(at).catch(() => false)); // whatever stays is checked when read

  return {
    file: async (sha256) => (await get(atFile(sha256)))?.bytes,
    keepFile: (sha256, name, bytes) => put(atFile(sha256), name, bytes),
    dropFile: (sha256) => drop(atFile(sha256)),
    part: (sha256) => get(atPart(sha256)),
    keepPart: async (sha256, name, { bytes, have, tag }) =>
      void (await put(atPart(sha256), `The beginning of ${name}`, bytes.slice(0, have), tag ? { [TAG]: tag } : {})),
    dropPart: (sha256) => drop(atPart(sha256)),
    async manifest(address) {
      const found = await get(atManifest(address));
      if (!found) return undefined;
      try {
        return readManifest(new TextDecoder().decode(found.bytes));
      } catch {
        return undefined; // of an earlier version of this package
      }
    },
    keepManifest: async (address, manifest) =>
      void (await put(atManifest(address), 'The manifest', new TextEncoder().encode(JSON.stringify(manifest)))),
    dropManifest: (address) => drop(atManifest(address)),
  };
}

const told = (cause: unknown) => (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));
