import { languageData, wordsOf } from './languages/language.ts';

/** A list's bullet or number, a quotation's mark or a dash before a sentence. */
const LEAD = /^(?:(?:[-*•‣▪◦·–—>+→]+|#{1,6}|\(?\d{1,3}[.)]|\(?[a-z]\)|\[[ xX]?\])\s+)+(?=\S)/u;

/**
 * How much of a sentence is a bullet, a number or a dash before it, with the white space after that. A number with a full stop
 * is none if it is an ordinal ('3. Mai') or a small letter follows.
 */
export function leadLength(sentence: string, language?: string): number {
  const lead = LEAD.exec(sentence)?.[0] ?? '';
  const next = /^[\p{L}\p{M}]+/u.exec(sentence.slice(lead.length))?.[0] ?? '';
  if (!/\d\.\s+$/.test(lead)) return lead.length;
  const ordinal = /^\p{Ll}/u.test(next) || wordsOf('afterOrdinals', language).includes(next.toLowerCase());
  return ordinal ? lead.replace(/\(?\d{1,3}\.\s+$/, '').length : lead.length;
}

/**
 * The translation of a part of a sentence, written as a part: without a full stop that the source has not, and beginning with
 * a small letter if the source does, unless the word always has a capital ('I') or may be a noun of a language that writes
 * nouns with one.
 */
export function asFragment(source: string, translation: string, language?: string): string {
  const text = /[.!?…]["'”“’»«)\]]*$/u.test(source) ? translation : translation.replace(/\.$/, '');
  const word = /^[\p{L}\p{M}]+(?:['’]\p{L}+)?/u.exec(text)?.[0] ?? '';
  const keeps = !/^\p{Lu}(?!\p{Lu})/u.test(word) || !/^\P{L}*\p{Ll}/u.test(source);
  const small = word.toLowerCase().replace('’', "'");
  if (keeps || wordsOf('capitals', language).includes(small)) return text;
  if (languageData(language)?.beforeNouns && !isSmall(small, language)) return text;
  if (POLITE.test(small) && /(?<!\p{L})yours?(?!\p{L})|(?<!\p{L})you(?!\p{L})/iu.test(source)) return text;
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/**
 * The translation of a sentence, beginning with a capital if the source does, unless its first word is in the source as it is
 * ('iPhones'). A few words without a final mark may be no sentence: 'Hund', 'dog'.
 */
export function asSentence(source: string, translation: string): string {
  const isSentence = /[.!?…:]["'”“’»«)\]]*$/u.test(source) || (source.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) > 3;
  const [, before = '', word] =
    /^((?:(?![{}])[^\p{L}\p{N}\s])*)(\p{Ll}[\p{L}\p{M}]*)(?![\p{L}\p{M}]|['’-]?\p{Lu}|[._/@]\p{L})/u.exec(
      translation,
    ) ?? [];
  if (!isSentence || word === undefined || !/^\P{L}*\p{Lu}/u.test(source) || source.includes(word)) return translation;
  return before + word.charAt(0).toUpperCase() + translation.slice(before.length + 1);
}

/** German for 'you' and 'your' with a capital, and for 'they' and 'their' without. */
const POLITE = /^(?:sie|ihnen|ihre?|ihre[mnrs])$/;

/** Whether a word of a language that writes nouns with a capital is surely none. */
const isSmall = (word: string, language: string | undefined): boolean =>
  (['words', 'beforeNouns', 'conjunctions'] as const).some((list) => wordsOf(list, language).includes(word)) &&
  !wordsOf('alsoNouns', language).includes(word);
