import { wordsOf } from './languages/language.ts';

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
 * a small letter if the source does, unless the word always has a capital ('I').
 */
export function asFragment(source: string, translation: string, language?: string): string {
  const text = /[.!?…]["'”“’»«)\]]*$/u.test(source) ? translation : translation.replace(/\.$/, '');
  const word = /^[\p{L}\p{M}]+(?:['’]\p{L}+)?/u.exec(text)?.[0] ?? '';
  const keeps = !/^\p{Lu}(?!\p{Lu})/u.test(word) || !/^\P{L}*\p{Ll}/u.test(source);
  if (keeps || wordsOf('capitals', language).includes(word.toLowerCase().replace('’', "'"))) return text;
  return text.charAt(0).toLowerCase() + text.slice(1);
}
