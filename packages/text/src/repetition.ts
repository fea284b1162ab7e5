const WORDS = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;

/**
 * Whether a translation babbles: a word directly after itself, two words in a row that come again, or letters three times
 * in a row inside a word ("Hadoooo", "Yeseses"), each unless the source does the same.
 */
export function repeatsItself(translation: string, source = ''): boolean {
  const ours = wordsOf(translation);
  const theirs = wordsOf(source);
  if (doubled(ours) && !doubled(theirs)) return true;
  if (pairs(ours) > pairs(theirs)) return true;
  const stutters = (words: readonly string[]) => words.some((word) => /(\p{L}{1,4})\1\1/u.test(word));
  return stutters(ours) && !stutters(theirs);
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(WORDS) ?? [];

const doubled = (words: readonly string[]): boolean => words.some((word, i) => word === words[i + 1]);

/** How often the most frequent pair of words occurs. */
function pairs(words: readonly string[]): number {
  const counts = new Map<string, number>([['', 1]]);
  for (let i = 0; i + 1 < words.length; i++) {
    const pair = `${words[i]} ${words[i + 1]}`;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}
