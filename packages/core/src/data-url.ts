import { RingformerError } from './errors.ts';

/** True for a `data:` address. */
export const isData = (address: string | URL): boolean => /^\s*data:/i.test(String(address));

/**
 * The bytes in a `data:` address, decoded here: a page's Content Security Policy may forbid to fetch it. RFC 2397.
 * @throws RingformerError 'bad-file' if there is no comma, or the base64 is wrong.
 */
export function dataOf(address: string | URL): Uint8Array<ArrayBuffer> {
  const [text = ''] = String(address).trim().split('#', 1);
  const comma = text.indexOf(',');
  try {
    if (comma < 0) throw new Error('it has no comma');
    const bytes = unescaped(text.slice(comma + 1));
    if (!/;\s*base64\s*$/i.test(text.slice(0, comma))) return bytes;
    const binary = atob(new TextDecoder().decode(bytes));
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes.slice(0, binary.length);
  } catch (cause) {
    throw new RingformerError(
      'bad-file',
      `[ringformer/core] Cannot read ${text.slice(0, 200)}: ${(cause as Error).message}. Expected data:…;base64, and base64.`,
      { cause },
    );
  }
}

/** UTF-8 bytes, with %41 as byte 65. */
function unescaped(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  let to = 0;
  for (let from = 0; from < bytes.length; from++) {
    const hex = bytes[from] === 37 ? String.fromCharCode(bytes[from + 1] ?? 0, bytes[from + 2] ?? 0) : '';
    const escaped = /^[\da-f]{2}$/i.test(hex);
    bytes[to++] = escaped ? Number.parseInt(hex, 16) : (bytes[from] as number);
    if (escaped) from += 2;
  }
  return bytes.slice(0, to);
}

/** A `fetch` like the given one, except that `data:` addresses are decoded. */
export function decoding(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    if (input instanceof Request || !isData(input)) return fetch(input, init);
    init?.signal?.throwIfAborted();
    return new Response(dataOf(input));
  };
}
