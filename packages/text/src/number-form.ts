import { signBeside, withSigns } from './currency.ts';
import { languageData, wordsOf } from './languages/language.ts';
import type { ProtectedSpan } from './protected.ts';

/** A number as it stands in a text. */
export type NumberToken = { readonly text: string; readonly from: number };

/** A number with its marks: 1.300,50 · 14:35 · 3.5.2024 · 9.2.1.4 · 1 000 000 · 1'230. */
const NUMBER =
  /\d{1,3}(?:(?<mark>[ \u00a0\u202f'’])\d{3})(?:\k<mark>\d{3})*(?!\d|\k<mark>\d)(?:[.,]\d+)?|\d+(?:[.,:/]\d+)*/gu;

/** The numbers of a text, in order. */
export const numbersIn = (text: string): NumberToken[] =>
  Array.from(text.matchAll(NUMBER), ({ 0: number, index }) => ({ text: number, from: index }));

type Marks = { readonly decimal: string; readonly group: string };
const known = new Map<string, Marks | undefined>();

/** The marks of a language before decimals and between thousands. Undefined for what is not the tag of a language. */
export function numberMarks(language: string | undefined): Marks | undefined {
  if (language === undefined) return undefined;
  if (!known.has(language)) known.set(language, marksOf(language));
  return known.get(language);
}

function marksOf(language: string): Marks | undefined {
  try {
    const parts = new Intl.NumberFormat(language).formatToParts(1234567.5);
    const of = (kind: string) => parts.find(({ type }) => type === kind)?.value ?? '';
    return { decimal: of('decimal'), group: of('group') };
  } catch {
    return undefined; // not a language
  }
}

/** Digits and '.', if a number is a decimal fraction or has marks between its thousands; undefined otherwise. */
export function plainNumber(number: string, language: string | undefined): string | undefined {
  const { decimal, group } = numberMarks(language) ?? { decimal: '', group: '' };
  const integer = new RegExp(`^(?:\\d{1,3}(?:([${escaped(group)} \u00a0\u202f'’])\\d{3})(?:\\1\\d{3})*|\\d+)$`, 'u');
  const at = decimal === '' ? -1 : number.indexOf(decimal);
  const [whole, fraction] = at < 0 ? [number, ''] : [number.slice(0, at), number.slice(at + 1)];
  if (!integer.test(whole) || (at >= 0 && !/^\d+$/.test(fraction)) || /^0./.test(whole)) return undefined;
  const digits = whole.replace(/\D/g, '');
  if (at < 0) return digits === number ? undefined : digits;
  return `${digits}.${fraction}`;
}

const escaped = (mark: string) => mark.replace(/[.\\\]^-]/g, '\\$&');

/** A number as another language writes it: "1.300,5" as "1,300.5". What isn't an amount stays: "14:35", "3.5.2024". */
export function inOtherForm(number: string, from: string | undefined, to: string | undefined): string {
  const plain = plainNumber(number, from);
  const marks = numberMarks(to);
  if (plain === undefined || !marks) return number;
  const [whole = '', fraction] = plain.split('.');
  const grouped = /\d\D\d{3}(?:\D|$)/u.test(number.slice(0, number.length - (fraction ? fraction.length + 1 : 0)));
  const integer = grouped ? whole.replace(/\B(?=(?:\d{3})+$)/g, marks.group) : whole;
  return fraction === undefined ? integer : integer + marks.decimal + fraction;
}

/** Words after which a number with points is not an amount. */
const NAMED =
  /(?:version|release|abschnitt|kapitel|section|chapter|ziffer|§|fig|figure|abb|abbildung|table|tabelle|(?<!\p{L})v)\.?\s*$/iu;
/** A name before a number, as in 'Windows 8.1'. */
const NAME = /(?<!\p{L})\p{Lu}[\p{L}\d]*\s$/u;

/** A translation in which numbers that stand as in the source, and amounts of money, are written as in the target language. */
export function withTargetForms(source: string, translation: string, from?: string, to?: string): string {
  const numbers = numbersIn(source).map((number) => ({ ...number, form: inOtherForm(number.text, from, to) }));
  const times = new Map<string, number>();
  for (const { form } of numbers) times.set(form, (times.get(form) ?? 0) + 1);
  const done = new Set<string>();
  let text = translation;
  for (const { text: number, from: at, form: other } of numbers) {
    if (!/[.,]/.test(number)) continue;
    const before = source.slice(Math.max(0, at - 30), at);
    const name = NAME.exec(before)?.[0];
    const keeps = (written: string) => name !== undefined && text.includes(name + written);
    const isNamed = NAMED.test(before) || keeps(number) || keeps(number.replaceAll('.', ','));
    const form = isNamed ? number : other;
    const wrong = form === number ? number.replaceAll('.', ',') : number;
    const isAnother = (times.get(wrong) ?? 0) > Number(other === wrong);
    if (wrong === form || isAnother || done.has(`${wrong} ${form}`)) continue;
    done.add(`${wrong} ${form}`);
    const pattern = form === number ? number.replaceAll('.', '[.,]') : escaped(wrong);
    text = text.replace(new RegExp(`(?<![\\d.,:/])${pattern}(?![.,:/]?\\d|\\s?Uhr)`, 'gu'), () => form);
  }
  const amounts = numbers.flatMap(({ text: number, from: at, form }) => {
    const sign = signBeside(source, at, at + number.length);
    return sign === undefined ? [] : [{ number: form, sign }];
  });
  return withOneStop(source, amounts.length > 0 ? withSigns(text, amounts, to) : text);
}

/** A translation that ends in a number and one full stop, not two, and says 'Uhr' once. */
function withOneStop(source: string, translation: string): string {
  const text = translation.replace(/(\d Uhr) Uhr(?!\p{L})/gu, '$1');
  return /\d\.\.$/.test(text) && !/\.\.$/.test(source) ? text.slice(0, -1) : text;
}

/** The numbers of a text as spans, and names with digits ('A8', 'MP3') as words; `text` is the number in the other language. */
export const numberSpans = (text: string, from?: string, to?: string): (ProtectedSpan & { readonly text: string })[] =>
  Array.from(text.matchAll(NAME_OR_NUMBER), ({ 0: found, index }) => ({
    from: index,
    to: index + found.length,
    ...(/^\d/.test(found)
      ? {
          as: 'number',
          text: isOfName(text.slice(Math.max(0, index - NAME_LENGTH), index), from)
            ? found
            : inOtherForm(found, from, to),
        }
      : { as: 'word', text: found }),
  }));

/** A name before a number is no longer than this. */
const NAME_LENGTH = 60;

/** Whether a number belongs to the name before it, in a language that writes only names with a capital. */
function isOfName(before: string, language: string | undefined): boolean {
  const data = languageData(language);
  const name = NAME.exec(before)?.[0].trim().toLowerCase();
  return data?.beforeNouns === '' && name !== undefined && !wordsOf('words', language).includes(name);
}

const NAME_OR_NUMBER = new RegExp(`(?<![\\p{L}\\d])[\\p{L}_&#]{1,8}-?\\d[\\p{L}\\d]*|${NUMBER.source}`, 'gu');
