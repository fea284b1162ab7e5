import { allLanguages, languageData, wordsOf } from './languages/language.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A text of this many letters or more is not taken for an abbreviation. */
const LONG = 4;
/** In the units of `costOf`: how much less likely a capital is, and how much more after a word such as 'the'. */
const CAPITAL = 1.5;
const NOUN = 4;
/** Ids below are special tokens and bytes; later ones are the rarer, the higher. */
const FIRST_MERGE = 260;

/** Whether a text is written in capitals: more than three letters, none of them small. */
export function isInCapitals(text: string): boolean {
  return !/(?!ß)\p{Ll}/u.test(text) && (text.match(/\p{Lu}/gu)?.length ?? 0) >= LONG;
}

/**
 * A text in capitals as it is written otherwise. Each word takes the form that is the likeliest by the tokens it consists of:
 * small, with a capital, or with the letters that capitals stand for ('STRASSE': 'Straße').
 */
export function withoutCapitals(
  text: string,
  tokenizer: Pick<Tokenizer, 'encode' | 'vocabSize'>,
  language?: string,
): string {
  const data = languageData(language);
  const pairs = (data ? [data] : allLanguages).flatMap((one) => one.capitalised);
  const [small, nouns, capitals] = (['words', 'beforeNouns', 'capitals'] as const).map(
    (list) => new Set(wordsOf(list, language)),
  ) as [Set<string>, Set<string>, Set<string>];
  let previous = '';
  return text.replace(/[\p{Lu}\p{M}ß]+(?:['’]\p{Lu}+)?/gu, (written, at: number) => {
    const word = written.toLowerCase();
    const [first, noun] = [previous === '', nouns.has(previous)];
    previous = word;
    const forms = [word, ...pairs.filter(([from]) => word.includes(from)).map(([from, to]) => word.replace(from, to))];
    const isWithin = small.has(word) && /\d ?$/.test(text.slice(Math.max(0, at - 2), at)); // '8 TO 17 O'CLOCK'
    if (first && !isWithin) return likeliest(forms.map((form) => [capital(form), 0]));
    if (capitals.has(word.replace('’', "'"))) return capital(word);
    if (small.has(word)) return word;
    return likeliest(
      forms.flatMap((form) => [
        [form, 0],
        [capital(form), noun ? CAPITAL - NOUN : CAPITAL],
      ]),
    );
  });

  function likeliest(forms: readonly (readonly [string, number])[]): string {
    const costs = forms.map(([form, more]) => costOf(form) + more);
    return forms[costs.indexOf(Math.min(...costs))]?.[0] ?? '';
  }

  /** As if frequencies were inverse to ids: merges are in the order of their frequency. */
  function costOf(form: string): number {
    const rank = (id: number) => (id < FIRST_MERGE ? tokenizer.vocabSize : id - FIRST_MERGE + 60);
    return tokenizer.encode(form).reduce((sum, id) => sum + 1 + Math.log(rank(id)), 0);
  }
}

const capital = (word: string) => word.replace(/^./u, (letter) => letter.toUpperCase());
