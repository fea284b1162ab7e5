import type { OwnBytes } from '../bytes.ts';
/**
 * SHA-256 in lower-case hex. Uses the browser's own in a secure context (https or localhost) and @noble/hashes otherwise,
 * because pages on plain http have no `crypto.subtle`.
 */
export async function sha256(bytes: OwnBytes): Promise<string> {
  const digest = globalThis.crypto?.subtle
    ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    : (await import('@noble/hashes/sha2.js')).sha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
