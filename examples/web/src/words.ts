/** A word and its tokens: `from` ≤ i < `to`. */
export type Word = { readonly text: string; readonly from: number; readonly to: number };

// GPT-2's alphabet writes each byte as a printable character.
const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
const BYTES = new Map<string, number>();
for (let byte = 0, other = 256; byte < 256; byte++) {
  BYTES.set(String.fromCharCode(printable(byte) ? byte : other++), byte);
}

/** Tokens as the vocabulary writes them → words. A token that begins with a space starts a new word. */
export function wordsOf(tokens: readonly string[]): Word[] {
  const starts = tokens.flatMap((token, i) =>
    i === 0 || isSpecial(token) || isSpecial(tokens[i - 1]) || token.startsWith('Ġ') ? [i] : [],
  );
  return starts.map((from, at) => {
    const to = starts[at + 1] ?? tokens.length;
    return { text: readable(tokens.slice(from, to).join('')), from, to };
  });
}

const isSpecial = (token = '') => /^<.+>$/.test(token);

function readable(token: string): string {
  if (isSpecial(token)) return token.includes('/') ? '■' : '▶';
  return new TextDecoder().decode(Uint8Array.from(token, (character) => BYTES.get(character) ?? 63)).trim() || '␣';
}
