import type { ProtectedSpan } from './protected.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Scripts of living languages (Unicode's Script property). */
const SCRIPTS =
  'Latin Greek Cyrillic Armenian Georgian Hebrew Arabic Syriac Thaana Nko Ethiopic Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Khmer Mongolian Han Hiragana Katakana Bopomofo Hangul Yi Cherokee'.split(
    ' ',
  );
/** A script of which a vocabulary has so many single letters is known, even if it never joins two: Chinese. */
const LETTERS = 200;

/** Parts of a text in scripts that a model has not learnt: words of which every letter is in such a script. */
export type FindForeign = (text: string) => ProtectedSpan[];

/**
 * Tells which words a tokenizer's model cannot know: its vocabulary never joins two letters of their script, so that they
 * would be read byte by byte; units such as 'µm' count. Adjacent words are one span. A tokenizer that joins no letters at all knows every script.
 */
export function foreignFinder(tokenizer: Pick<Tokenizer, 'vocabSize' | 'bytes'>): FindForeign {
  let pattern: RegExp | undefined | null = null; // not made yet
  return (text) => {
    if (!/(?!\p{Script=Latin})\p{L}/u.test(text)) return []; // no other script: not worth a look at the vocabulary
    if (pattern === null) pattern = foreignPattern(knownScripts(tokenizer));
    if (!pattern) return [];
    return Array.from(text.matchAll(pattern), ({ 0: { length }, index }) => ({
      from: index,
      to: index + length,
      as: 'word',
    }));
  };
}

function foreignPattern(known: readonly string[]): RegExp | undefined {
  if (known.length === 0) return undefined;
  const letter = `(?![${known.map((script) => `\\p{Script=${script}}`).join('')}])\\p{L}\\p{M}*`;
  const word = `(?<![\\p{L}\\p{M}])(?:${letter})+(?![\\p{L}\\p{M}])`;
  const unit = `(?<![\\p{L}\\p{M}])(?=\\p{L}?${letter})\\p{L}{2}(?![\\p{L}\\p{M}])`; // 'µm', 'kΩ'
  return new RegExp(`${word}(?:[\\s\\p{P}]{1,3}${word})*|${unit}`, 'gu');
}

function knownScripts({ vocabSize, bytes }: Pick<Tokenizer, 'vocabSize' | 'bytes'>): string[] {
  const single = new Map<string, number>();
  const known = new Set<string>();
  const decoder = new TextDecoder();
  for (let id = 0; id < vocabSize; id++) {
    const letters = decoder.decode(bytes(id)).match(/\p{L}/gu) ?? [];
    for (const [i, letter] of letters.entries()) {
      const script = scriptOf(letter);
      if (script === undefined) continue;
      const count = (single.get(script) ?? 0) + 1;
      single.set(script, count);
      if (count >= LETTERS || (i > 0 && scriptOf(letters[i - 1] as string) === script)) known.add(script);
    }
  }
  return [...known];
}

const tests = new Map(SCRIPTS.map((script) => [script, new RegExp(`\\p{Script=${script}}`, 'u')]));
const scriptOf = (letter: string): string | undefined =>
  SCRIPTS.find((script) => (tests.get(script) as RegExp).test(letter));
