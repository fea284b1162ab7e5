import { languageData } from './languages/language.ts';
import type { Rewritten } from './rewritten.ts';

/** What is short for words that translate better, with those words: 'No. 5' is 'number 5'. Nothing of an unknown language. */
export function shorthandSpans(text: string, language: string | undefined): Rewritten[] {
  if (!/\d/.test(text)) return [];
  return (languageData(language)?.shorthand ?? [])
    .flatMap(([pattern, words]) =>
      Array.from(text.matchAll(new RegExp(pattern, 'gu')), ({ 0: found, index }) => ({
        from: index,
        to: index + found.length,
        text: index === 0 ? words.charAt(0).toUpperCase() + words.slice(1) : words,
      })),
    )
    .sort((a, b) => a.from - b.from);
}
