import { randomItem } from '../random.ts';
import type { TextPair } from '../text-pair.ts';
import type { Entry, SwapTable } from './table.ts';
import { applyEdits, type Edit, eachWord, isWhole, placesOf } from './words.ts';

type Phrase = { readonly source: string; readonly target: string };

/**
 * Replaces names, places or dates of a pair with others from a table, on both sides at once. An entry counts only if it
 * occurs equally often on both sides; each name is replaced by the same other name everywhere. Returns the pair itself if
 * there is nothing to swap.
 */
export function swapEntries(pair: TextPair, table: SwapTable, random: () => number): TextPair {
  return replaceEntries(pair, table, ({ kind }) => {
    const others = table.use.get(kind);
    return others === undefined ? undefined : randomItem(random, others);
  });
}

/** Replaces the entries of a pair with what `choose` returns for each; undefined leaves an entry unchanged. */
export function replaceEntries(
  pair: TextPair,
  table: SwapTable,
  choose: (entry: Entry) => Phrase | undefined,
): TextPair {
  const found = entriesOf(pair.source, table);
  if (found.size === 0) return pair;
  const source: Edit[] = [];
  const target: Edit[] = [];
  // the longest target first: "Tom's" before "Tom", so that it claims the overlapping places
  for (const [entry, starts] of [...found].sort(([a], [b]) => b.target.length - a.target.length)) {
    const length = entry.target.length;
    const places = placesOf(pair.target, entry.target).filter((at) => isFree(target, at, at + length));
    if (places.length !== starts.length) continue;
    const chosen = choose(entry);
    if (chosen === undefined) continue;
    for (const start of starts) source.push({ start, end: start + entry.source.length, text: chosen.source });
    for (const start of places) target.push({ start, end: start + length, text: chosen.target });
  }
  if (source.length === 0) return pair;
  return { source: applyEdits(pair.source, source), target: applyEdits(pair.target, target) };
}

/** The entries in a source text and where each begins. If several begin at the same place, the longest counts. */
function entriesOf(text: string, { find }: SwapTable): Map<Entry, number[]> {
  const found = new Map<Entry, number[]>();
  let end = 0;
  eachWord(text, (word, start) => {
    if (start < end) return;
    const entry = find
      .get(word)
      ?.find(({ source }) => text.startsWith(source, start) && isWhole(text, start, start + source.length));
    if (entry === undefined) return;
    end = start + entry.source.length;
    const starts = found.get(entry);
    if (starts === undefined) found.set(entry, [start]);
    else starts.push(start);
  });
  return found;
}

const isFree = (edits: readonly Edit[], start: number, end: number) =>
  edits.every((edit) => edit.end <= start || end <= edit.start);
