/** How often each n-gram occurs in a text. */
export type Counts = Map<string, number>;

/** Counts the n-grams of order n; `items` are joined by `between`, which they must not contain unless it is ''. */
export function countNgrams(items: readonly string[], n: number, between: string): Counts {
  const counts: Counts = new Map();
  for (let i = 0; i + n <= items.length; i++) {
    const ngram = items.slice(i, i + n).join(between);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams the two have in common, each counted at most as often as in the second. */
export function countMatches(counts: Counts, other: Counts): number {
  let matches = 0;
  for (const [ngram, count] of counts) matches += Math.min(count, other.get(ngram) ?? 0);
  return matches;
}

/** The number of all n-grams together. */
export function sumCounts(counts: Counts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
