import type { LanguageData } from './languages/data.ts';
import { languageData } from './languages/language.ts';
import type { Rewritten } from './rewritten.ts';

/** What is short for words that translate better, with those words: 'No. 5' is 'number 5'. Nothing of an unknown language. */
export function shorthandSpans(text: string, language: string | undefined): Rewritten[] {
  if (!/\d/.test(text)) return [];
  return patternsOf(languageData(language))
    .flatMap(([pattern, words]) =>
      Array.from(text.matchAll(pattern), ({ 0: found, index }) => ({
        from: index,
        to: index + found.length,
        text: index === 0 ? words.charAt(0).toUpperCase() + words.slice(1) : words,
      })),
    )
    .sort((a, b) => a.from - b.from);
}

type Patterns = readonly (readonly [pattern: RegExp, words: string])[];
const compiled = new Map<LanguageData | undefined, Patterns>();

/** The patterns of a language, compiled once. */
function patternsOf(data: LanguageData | undefined): Patterns {
  const known = compiled.get(data);
  if (known) return known;
  const made = (data?.shorthand ?? []).map(([pattern, words]) => [new RegExp(pattern, 'gu'), words] as const);
  compiled.set(data, made);
  return made;
}
