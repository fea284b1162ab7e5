// Words of a vocabulary's tokens, and attention between words: `@ringformer/pictures/words`.

/** A word and its tokens: `from` ≤ i < `to`. */
export type Word = { readonly text: string; readonly from: number; readonly to: number };

/** Attention weights: [heads n m], row-major, each row of m sums to 1. */
export type Weights = { readonly shape: readonly [number, number, number]; readonly data: ArrayLike<number> };

// GPT-2's alphabet writes each byte as a printable character.
const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
const BYTES = new Map<string, number>();
for (let byte = 0, other = 256; byte < 256; byte++) {
  BYTES.set(String.fromCharCode(printable(byte) ? byte : other++), byte);
}

/**
 * Tokens as the vocabulary writes them → words. A token that begins with a space starts a new word, and so does a mark at a word's end; the start and the end of a
 * sentence become ▶ and ■.
 */
export function wordsOf(tokens: readonly string[]): Word[] {
  const starts = tokens.flatMap((token, i) =>
    i === 0 || isSpecial(token) || isSpecial(tokens[i - 1]) || token.startsWith('Ġ') || ends(tokens, i) ? [i] : [],
  );
  return starts.map((from, at) => {
    const to = starts[at + 1] ?? tokens.length;
    return { text: readable(tokens.slice(from, to).join('')), from, to };
  });
}

/**
 * Attention from each word to each word, for one head or all: summed over the tokens looked at, averaged over those looking.
 * → [rows][columns]
 */
export function weightsBetween(
  map: Weights,
  rows: readonly Word[],
  columns: readonly Word[],
  head?: number,
): number[][] {
  const [heads, n, m] = map.shape;
  const used = head === undefined ? Array.from({ length: heads }, (_, h) => h) : [head];
  return rows.map((row) =>
    columns.map((column) => {
      let sum = 0;
      for (const h of used)
        for (let i = row.from; i < row.to; i++)
          for (let j = column.from; j < column.to; j++) sum += map.data[(h * n + i) * m + j] ?? 0;
      return sum / used.length / (row.to - row.from);
    }),
  );
}

/** Whether this token is only a mark that ends a sentence or a part of one. */
const ends = (tokens: readonly string[], i: number) =>
  /^[.,!?;:]+$/.test(tokens[i]!) && (isSpecial(tokens[i + 1] ?? '</s>') || tokens[i + 1]!.startsWith('Ġ'));

const isSpecial = (token = '') => /^<.+>$/.test(token);

function readable(token: string): string {
  if (isSpecial(token)) return token.includes('/') ? '■' : '▶';
  return new TextDecoder().decode(Uint8Array.from(token, (character) => BYTES.get(character) ?? 63)).trim() || '␣';
}
