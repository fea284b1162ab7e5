import { tokenBytes } from './byte-alphabet.ts';
import { type PairEntry, popPair, pushPair } from './pair-heap.ts';
import { byteTokens } from './tokenizer-file.ts';

/** What one merge learned: the two tokens, and the size of the vocabulary now. */
export type Merge = { readonly pair: [string, string]; readonly size: number };

type Words = { symbols: Int32Array; starts: Int32Array; lengths: Int32Array; counts: Float64Array };
type Pair = { count: number; readonly words: number[] };

/**
 * Learns merges one at a time from pieces and their counts, the most frequent pair first (Sennrich et al. 2016). Counts are
 * kept up to date from the pieces that a merge changes. Ends when the vocabulary is full or no pair occurs `minFrequency`
 * times.
 */
export function* learnMerges(
  pieces: ReadonlyMap<string, number>,
  specials: readonly string[],
  vocabSize: number,
  minFrequency: number,
): Generator<Merge> {
  const tokens = [...specials, ...byteTokens()];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const words = makeWords(pieces, specials.length);
  const pairs = new Map<number, Pair>();
  const heap: PairEntry[] = [];
  const count = (word: number, sign: 1 | -1, changed?: { id: number; keys: Set<number> }) => {
    const start = words.starts[word]!;
    const end = start + words.lengths[word]! - 1;
    const by = sign * words.counts[word]!;
    for (let i = start; i < end; i++) {
      const left = words.symbols[i]!;
      const right = words.symbols[i + 1]!;
      const key = left * vocabSize + right;
      let pair = pairs.get(key);
      if (pair === undefined) {
        pair = { count: 0, words: [] };
        pairs.set(key, pair);
      }
      pair.count += by;
      if (changed !== undefined && left !== changed.id && right !== changed.id) continue;
      if (sign > 0 && pair.words.at(-1) !== word) pair.words.push(word);
      changed?.keys.add(key);
    }
  };
  for (let word = 0; word < words.counts.length; word++) count(word, 1);
  for (const [key, pair] of pairs) pushPair(heap, { key, count: pair.count });

  while (tokens.length < vocabSize) {
    const best = popPair(heap);
    if (best === undefined || best.count < minFrequency) return;
    const pair = pairs.get(best.key);
    if (pair === undefined) continue;
    if (pair.count !== best.count) {
      // pushed before other merges used some of its occurrences
      if (pair.count > 0 && pair.count < best.count) pushPair(heap, { key: best.key, count: pair.count });
      continue;
    }
    pairs.delete(best.key);
    const left = Math.floor(best.key / vocabSize);
    const right = best.key % vocabSize;
    const names: [string, string] = [tokens[left] as string, tokens[right] as string];
    const merged = names[0] + names[1];
    const id = ids.get(merged) ?? tokens.length;
    if (id < specials.length) continue; // text must never become a control token
    if (id === tokens.length) {
      tokens.push(merged);
      ids.set(merged, id);
    }
    const keys = new Set<number>();
    for (const word of pair.words) {
      if (!contains(words, word, left, right)) continue;
      count(word, -1, { id: -1, keys });
      replacePair(words, word, left, right, id);
      count(word, 1, { id, keys });
    }
    pairs.delete(best.key);
    for (const key of keys) {
      const total = pairs.get(key)?.count ?? 0;
      if (total > 0) pushPair(heap, { key, count: total });
    }
    yield { pair: names, size: tokens.length };
  }
}

function makeWords(pieces: ReadonlyMap<string, number>, firstByteId: number): Words {
  const byteIds = new Int32Array(256);
  byteTokens().forEach((token, i) => {
    byteIds[tokenBytes(token)?.[0] as number] = firstByteId + i;
  });
  const encoder = new TextEncoder();
  const encoded: Uint8Array[] = [];
  const counts: number[] = [];
  let size = 0;
  for (const [piece, count] of pieces) {
    const bytes = encoder.encode(piece);
    if (bytes.length < 2) continue;
    encoded.push(bytes);
    counts.push(count);
    size += bytes.length;
  }
  const words: Words = {
    symbols: new Int32Array(size),
    starts: new Int32Array(encoded.length),
    lengths: new Int32Array(encoded.length),
    counts: Float64Array.from(counts),
  };
  let at = 0;
  encoded.forEach((bytes, word) => {
    words.starts[word] = at;
    words.lengths[word] = bytes.length;
    for (const byte of bytes) words.symbols[at++] = byteIds[byte]!;
  });
  return words;
}

function contains({ symbols, starts, lengths }: Words, word: number, left: number, right: number): boolean {
  const start = starts[word]!;
  const end = start + lengths[word]! - 1;
  for (let i = start; i < end; i++) if (symbols[i] === left && symbols[i + 1] === right) return true;
  return false;
}

/** Replaces every pair with `id`, from the left: of three equal symbols the first two merge. */
function replacePair({ symbols, starts, lengths }: Words, word: number, left: number, right: number, id: number): void {
  const start = starts[word]!;
  const end = start + lengths[word]!;
  let to = start;
  for (let from = start; from < end; from++) {
    const isPair = symbols[from] === left && from + 1 < end && symbols[from + 1] === right;
    symbols[to++] = isPair ? id : symbols[from]!;
    if (isPair) from++;
  }
  lengths[word] = to - start;
}
