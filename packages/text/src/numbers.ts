import { digitGroups } from './digits.ts';
import { listsOf } from './languages/language.ts';

/** Numbers that one of two texts has and the other lacks, as groups of digits. */
export type NumberDifference = {
  /** In the text, not in its translation. */
  readonly missing: readonly string[];
  /** In the translation, not in the text. */
  readonly extra: readonly string[];
};

export type Languages = { readonly from?: string; readonly to?: string };

/**
 * How the numbers of a translation differ from its source's. What says the same counts as the same: words for numbers ("2" and
 * "two", "zwanzig" and "20"), hours ("18 Uhr" and "6 p.m."), full hours ("8 Uhr" and "8:00") and decades ("90er" and "1990s").
 */
export function numberDifference(source: string, translation: string, { from, to }: Languages = {}): NumberDifference {
  const missing = digitGroups(source);
  const extra = digitGroups(translation);
  strike(missing, extra, (a, b) => a === b);
  if (missing.length === 0 && extra.length === 0) return { missing, extra };
  if (isTime(source)) strike(missing, extra, (hour, other) => halfDay(hour) === other && HALF_DAY.test(translation));
  if (isTime(translation)) strike(missing, extra, (hour, other) => halfDay(other) === hour && LATER.test(source));
  if (DECADE.test(source)) strike(missing, extra, (a, b) => b === `19${a}` || a === `19${b}`);
  const full = isTime(source) || isTime(translation);
  const words = hasNumerals(source, from);
  const dated = DATE.test(source);
  return {
    missing: missing.filter(
      (group) =>
        !hasNumeral(translation, group, to) &&
        !(full && isFullHour(source, group)) &&
        !(dated && hasMonth(translation, group, to)),
    ),
    extra: extra.filter(
      (group) => !words && !(full && isFullHour(translation, group)) && !hasNumeral(source, group, from),
    ),
  };
}

/** Whether a translation has the numbers of its source, and no others. */
export function keepsNumbers(source: string, translation: string, languages?: Languages): boolean {
  const { missing, extra } = numberDifference(source, translation, languages);
  return missing.length + extra.length === 0;
}

/** Hours as they are written with 'a.m.' or 'p.m.'. */
export const halfDay = (hour: string): string => String(((Number(hour) + 11) % 12) + 1);
const HALF_DAY = /(?<!\p{L})[ap]\.?m(?!\p{L})|o'clock|evening|afternoon|night|morning/iu;
/** What makes an hour one of the second half of the day. */
const LATER = /(?<!\p{L})p\.?\s?m(?!\p{L})|evening|afternoon|night/iu;
const DECADE = /\d0(?:er|s)(?!\p{L})/u;

/** Whether a group of digits may be the minutes of a full hour, such as '8:00' but not '8:0'. */
const isFullHour = (text: string, group: string): boolean =>
  group === '0' && /(?<!\d)\d{1,2}[:.]00(?![:.]?\d)/.test(text);

const DATE = /(?<!\d)\d{1,2}([./])\s?\d{1,2}\1|(?<!\d)\d{4}-\d\d-\d\d/;

/** Whether a month stands in a text by its name. */
function hasMonth(text: string, digits: string, language = 'en'): boolean {
  const month = Number(digits);
  if (month < 1 || month > 12) return false;
  const name = new Date(Date.UTC(2000, month - 1, 9)).toLocaleDateString(language, { month: 'long', timeZone: 'UTC' });
  return text.includes(name.slice(0, 3));
}

/** Whether a text names an hour. */
export const isTime = (text: string): boolean =>
  /\d\s*(?:Uhr|[ap]\.?m(?!\p{L})|h(?!\p{L})|o'clock)|(?<!\d)\d{1,2}:\d\d(?!\d)/iu.test(text);

/** Removes pairs that match from both lists. */
function strike(left: string[], right: string[], match: (a: string, b: string) => boolean): void {
  for (let i = left.length - 1; i >= 0; i--) {
    const at = right.findIndex((other) => match(left[i]!, other));
    if (at < 0) continue;
    left.splice(i, 1);
    right.splice(at, 1);
  }
}

/** Whether a number stands in a text as a word. */
function hasNumeral(text: string, digits: string, language: string | undefined): boolean {
  const value = Number(digits);
  if (value >= 100) return value % 100 === 0 && LARGE.test(text);
  const numerals = numeralsOf(language);
  const has = (at: number) => numerals.some((one) => begins(text, one[at] ?? '', value <= 20));
  if (value <= 20) return has(value);
  const tens = 18 + Math.floor(value / 10);
  return has(tens) && (value % 10 === 0 || has(value % 10));
}

const LARGE = /(?:hundred|hundert|thousand|tausend|mill?i)/i;

const known = new Map<string | undefined, string[][]>();
function numeralsOf(language: string | undefined): string[][] {
  const found = known.get(language) ?? numeralLists(language);
  known.set(language, found);
  return found;
}
const numeralLists = (language: string | undefined): string[][] =>
  listsOf('numerals', language).map((list) => list.split(' '));

/** Whether there is any word for a number in a text, except for 1. */
const hasNumerals = (text: string, language: string | undefined): boolean =>
  LARGE.test(text) ||
  numeralsOf(language).some((list) => list.some((stems, value) => value !== 1 && begins(text, stems, true)));

/** Whether a word begins so; or, in words such as 'einundzwanzig', a part of one. */
function begins(text: string, stems: string, word: boolean): boolean {
  return stems !== '' && new RegExp(`${word ? '(?<!\\p{L})' : ''}(?:${stems.replaceAll(',', '|')})`, 'iu').test(text);
}
