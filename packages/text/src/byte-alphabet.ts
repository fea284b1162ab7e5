/**
 * GPT-2's byte alphabet: a visible character for each of the 256 bytes, so that a vocabulary can be written as JSON strings.
 * Visible Latin-1 bytes represent themselves; the other 68 follow from U+0100 (a space is 'Ġ').
 */
export const BYTE_CHARS: readonly string[] = makeByteChars();

/** Character → byte, the inverse of `BYTE_CHARS`. */
export const CHAR_BYTES: ReadonlyMap<string, number> = new Map(BYTE_CHARS.map((char, byte) => [char, byte]));

function isVisible(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

function makeByteChars(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
}

/** The bytes that a vocabulary string represents, or undefined if a character is outside the alphabet. */
export function tokenBytes(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = CHAR_BYTES.get(token.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
