const WORDS = /\p{L}[\p{L}\p{M}'’-]*/gu;

/** Capitalised words that a sentence and its translation have in common, each once: mostly names of people and places. */
export function sharedNames(source: string, target: string): string[] {
  const words = new Set(target.match(WORDS) ?? []);
  const common = (source.match(WORDS) ?? []).filter((word) => /^\p{Lu}\p{L}/u.test(word) && words.has(word));
  return [...new Set(common)];
}

/** How many of these words a text has. */
export function countNames(names: readonly string[], text: string): number {
  const words = new Set(text.match(WORDS) ?? []);
  return names.filter((name) => words.has(name)).length;
}
