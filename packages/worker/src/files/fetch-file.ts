import { RingformerError } from '@ringformer/core/base';
import { sha256 as digest } from './digest.ts';
import { type DownloadOptions, download, type Part } from './download.ts';
import type { Place } from './places.ts';
import type { Store } from './store.ts';

type FetchOptions = Omit<DownloadOptions, 'cache'> & { readonly warn: (message: string) => void };

/** One checked file, from the store or the network; `kept` is true if the store has it now. */
export async function fetchFile(
  { name, size, sha256, address }: Place,
  store: Store | undefined,
  { warn, ...options }: FetchOptions,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; kept: boolean }> {
  const found = await store?.file(sha256);
  if (found) {
    if (found.length === size && (await digest(found)) === sha256) {
      options.onBytes(size);
      return { bytes: found, kept: true };
    }
    await store?.dropFile(sha256);
    warn(`[ringformer/worker] The stored copy of ${name} is damaged. It was removed and is being fetched again.`);
  }
  const bytes = await fetchChecked({ name, size, sha256, address }, store, options);
  return { bytes, kept: (await store?.keepFile(sha256, name, bytes)) ?? false };
}

/** Two tries, because the browser's HTTP cache or an earlier partial download may hold a different version. */
async function fetchChecked(
  { name, size, sha256, address }: Omit<Place, 'role'>,
  store: Store | undefined,
  options: Omit<DownloadOptions, 'cache'>,
): Promise<Uint8Array<ArrayBuffer>> {
  let wrong: unknown;
  for (const cache of ['default', 'reload'] as const) {
    const part = await startOf(name, size, cache === 'default' ? await store?.part(sha256) : undefined);
    try {
      if (part.have > 0) options.onBytes(part.have);
      await download(address, part, { ...options, cache });
    } catch (error) {
      const came =
        part.have > 0 && part.have < size && !(error instanceof RingformerError && error.code === 'bad-file');
      if (came) await store?.keepPart(sha256, name, part);
      else await store?.dropPart(sha256);
      if (!came && cache === 'default' && mayBeStale(error)) {
        wrong = error;
        continue;
      }
      throw error;
    }
    await store?.dropPart(sha256);
    const sum = await digest(part.bytes);
    if (sum === sha256) return part.bytes;
    wrong = new RingformerError(
      'bad-file',
      `[ringformer/worker] ${address.slice(0, 200)} does not match the manifest: expected sha256 ${sha256}, got ${sum}. Nothing was stored. Upload the file and its manifest again, together.`,
    );
  }
  throw wrong;
}

const mayBeStale = (error: unknown) => error instanceof RingformerError && error.code === 'bad-file';

async function startOf(
  name: string,
  size: number,
  before: { bytes: Uint8Array<ArrayBuffer>; tag?: string } | undefined,
): Promise<Part> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(size);
  } catch (cause) {
    throw new RingformerError(
      'bad-file',
      `[ringformer/worker] ${name} has ${size} bytes, more than this browser can allocate. Use a smaller model.`,
      {
        cause,
      },
    );
  }
  if (!before || before.bytes.length >= size) return { bytes, have: 0 };
  bytes.set(before.bytes);
  return { bytes, have: before.bytes.length, ...(before.tag ? { tag: before.tag } : {}) };
}
