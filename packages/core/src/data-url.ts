import { RingformerError } from './errors.ts';

/** True for a `data:` address. */
export const isData = (address: string | URL): boolean => /^\s*data:/i.test(String(address));

/** The bytes of base64 text. */
export const decodeBase64 = (text: string): Uint8Array<ArrayBuffer> => bytesOf(atob(text));

/**
 * The bytes in a `data:` address, decoded here: a page's Content Security Policy may forbid to fetch it. RFC 2397.
 * @throws RingformerError 'bad-file' if there is no comma, or the base64 is wrong.
 */
export function dataOf(address: string | URL): Uint8Array<ArrayBuffer> {
  const [, kind = '', data = ''] = /^([^,]*),([^#]*)/.exec(String(address).trim()) ?? [];
  try {
    if (kind === '') throw new Error('it has no comma');
    if (/;\s*base64\s*$/i.test(kind)) return decodeBase64(decodeURIComponent(data));
    // UTF-8, except what is escaped already
    const escaped = encodeURIComponent(data).replace(/%25(?=[\da-f]{2})/gi, '%');
    return bytesOf(escaped.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))));
  } catch (cause) {
    throw new RingformerError(
      'bad-file',
      `[ringformer/core] Cannot read ${String(address).slice(0, 200)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function bytesOf(characters: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** A `fetch` like the given one, except that `data:` addresses are decoded. */
export function decoding(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    if (input instanceof Request || !isData(input)) return fetch(input, init);
    init?.signal?.throwIfAborted();
    return new Response(dataOf(input));
  };
}
