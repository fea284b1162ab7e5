import { languageData } from './languages/language.ts';

const FEWEST = 2; // words that only the other language has
const SHARE = 0.25; // of all words

/**
 * Whether a text is clearly in another language than the expected one: at least two different small words of the other, a
 * quarter of all words or more, and none of the expected one. Names and short texts are in neither. False if either is unknown.
 */
export function isInLanguage(text: string, other: string, expected: string): boolean {
  const [theirs, ours] = [wordsOf(other), wordsOf(expected)];
  if (!theirs || !ours) return false;
  const words =
    text
      .normalize('NFC')
      .replaceAll('’', "'")
      .match(/[\p{L}\p{M}]+(?:'\p{L}+)?/gu) ?? [];
  if (words.length < FEWEST + 1) return false;
  let hits = 0;
  const different = new Set<string>();
  const shout = !/\p{Ll}/u.test(text);
  for (const [i, written] of words.entries()) {
    const word = written.toLowerCase();
    if (i > 0 && written !== word && !shout && !/^i(?:'|$)/.test(word)) continue; // a name, such as that of a band
    const [a, b] = [theirs.has(word), ours.has(word)];
    if (b && !a) return false;
    if (!a || b) continue;
    hits++;
    different.add(word);
  }
  return different.size >= FEWEST && hits / words.length >= SHARE;
}

const known = new Map<string, ReadonlySet<string> | undefined>();
function wordsOf(language: string): ReadonlySet<string> | undefined {
  if (!known.has(language)) {
    const data = languageData(language);
    known.set(language, data && new Set(data.words.split(' ')));
  }
  return known.get(language);
}
