import type { LanguageData } from './data.ts';
import { de } from './de.ts';
import { en } from './en.ts';

export type { LanguageData } from './data.ts';

const LANGUAGES: Readonly<Record<string, LanguageData>> = { de, en };

/** What is known of a language, given its tag ('de', 'de-AT'); undefined if nothing is. */
export function languageData(tag: string | undefined): LanguageData | undefined {
  const base = tag?.toLowerCase().split('-')[0] ?? '';
  return Object.hasOwn(LANGUAGES, base) ? LANGUAGES[base] : undefined;
}

/** The words of a list; without a known language, of every one's. */
export const wordsOf = (list: WordList, language: string | undefined): string[] =>
  listsOf(list, language).flatMap((words) => words.split(' ').filter((word) => word !== ''));

/** The list of a language; without a known one, every one's. */
export function listsOf(list: WordList, language: string | undefined): string[] {
  const data = languageData(language);
  return (data ? [data] : allLanguages).map((one) => one[list]);
}

export type WordList = { [K in keyof LanguageData]: LanguageData[K] extends string ? K : never }[keyof LanguageData];

/** Every language known, for text of an unknown one. */
export const allLanguages: readonly LanguageData[] = Object.values(LANGUAGES);
