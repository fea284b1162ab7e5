import type { Rewritten } from './rewritten.ts';

const MONTHS = 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(' ');
const DAYS = ['Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag', 'Samstag', 'Sonntag'];

const DAY = 'Mo|Di|Mi|Do|Fr|Sa|So';
const NUMBER = String.raw`(?:0?[1-9]|[12]\d|3[01])\.`;
const MONTH = String.raw`(?:0?[1-9]|1[0-2])\.`;
const DAY_BEFORE = String.raw`(?:${DAYS.join('|')}|(?:${DAY})\.),?`;
/** What stands before a date, but not before the number of a chapter. */
const SURE = String.raw`(?<!\p{L})(?:[Aa]m|[Vv]om|${DAY_BEFORE}) `;
/** What may stand before a version as well: 'ab 6.4.' */
const PROBABLE = String.raw`(?<!\p{L}|\d |(?<!\p{L})(?:Python|Java|Android|Windows|Linux|Node|iOS|macOS|Version|Firmware|Release) )(?:[Bb]is(?: zum)?|[Zz]um|[Aa]b(?: dem)?|[Ss]eit(?: dem)?|[Dd]e[rnm]) `;
const OTHER = `${NUMBER}(?: ?${MONTH})? (?:und|oder|bis) `;
const SINGLE = String.raw`(?:(?<=${SURE}(?:${OTHER})?|${PROBABLE}${OTHER})|(?<=${PROBABLE})(?![\d .–-]*["”“’»)]*$))`;
/** '24.12.', without a year, and a day before it as in '3.-5.8.' or a dash after another date */
const DATE = new RegExp(
  String.raw`(?:${SINGLE}(?:(?<first>${NUMBER}) ?[-–] ?)?|(?<=(?:${SURE}|${PROBABLE})${NUMBER} ?${MONTH})(?<dash> ?[-–] ?))(?<day>${NUMBER}) ?(?<month>${MONTH})(?![\p{L}\d]| ?\d| Uhr| (?:System|Kanal|Format|Version|Release)(?!\p{L}))`,
  'gu',
);
/** Of what such numbers are chapters or versions. */
const CHAPTERS =
  /(?<!\p{L})(?:Abs|Absatz|Absätze|Abschnitte?|Anhang|Artikel|Aufgaben?|Kapiteln?|Lektion|Nummer|Punkte?n?|Teile?|Übung|Version|Ziffern?)(?!\p{L})/u;

const MONTH_NAME = new RegExp(
  String.raw`(?:(?<first>(?<![\p{L}\d.,])${NUMBER}) ?[-–] ?(?<second>${NUMBER})(?= (?:${MONTHS.join('|')})(?!\p{L}))|(?<=(?<![\d.])${NUMBER} ?)(?<short>Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sept?|Okt|Nov|Dez)\.)`,
  'gu',
);

/** 'Do.', where it is a day for sure; between days, 'bis' only after 'von'. */
const DAY_NAME = new RegExp(
  [
    String.raw`(?<=(?<!\p{L})(?:[Aa]m|[Jj]ede[nr]|[Nn]ächsten|[Ll]etzten|[Dd]iesen|[Vv]on|[Aa]b|[Ss]eit|(?:${DAY})\.,? (?:und|oder)|[Vv]on (?:${DAY})\. bis) )(?<day>${DAY})\.(?!(?<=Fr\.) \p{Lu})`,
    String.raw`(?<![\p{L}\p{N}.-]|(?:${DAY})\.? bis )(?:(?<early>${DAY})\.(?=,? (?:und|oder) (?:${DAY})\.)|(?<!(?:heißt|Frau|Herrn?) )(?<alone>Mo|Di|Mi|Do|Sa)\.(?=,| \d| (?!bis )\p{Ll}))`,
  ].join('|'),
  'gu',
);

/** Dates of a German text with their month in words, and the names of months and days that are short: 'am Do., 24.12.' */
export function calendarSpans(text: string): Rewritten[] {
  const days = spansOf(text, DAY_NAME, ({ day, early, alone }) => startingWith((day ?? early ?? alone)!, DAYS));
  if (!/\d\./.test(text)) return days;
  const months = spansOf(text, MONTH_NAME, ({ first, second, short }) =>
    short === undefined ? `${first} bis ${second}` : startingWith(short.slice(0, 3), MONTHS),
  );
  const dates = spansOf(text, DATE, ({ first, dash, day, month }) => {
    const date = `${Number(day)}. ${MONTHS[Number(month) - 1]}`;
    return first === undefined ? `${dash === undefined ? '' : ' bis '}${date}` : `${Number(first)}. bis ${date}`;
  });
  return [...days, ...months, ...(CHAPTERS.test(text) ? [] : dates)];
}

const startingWith = (start: string, names: readonly string[]) => names.find((name) => name.startsWith(start))!;

type Groups = Readonly<Record<string, string | undefined>>;

/** A word that makes a sentence of a date: 'Wir kommen am 3.5.' is one, 'Angebot vom 3.5. bis 7.5.' is not. */
const SAYS_MORE = /(?<!\p{L})(?!(?:vom|bis|und|oder|der|de[nm]|zum|seit|von)(?!\p{L}))\p{Ll}{3}/u;

/** What a pattern finds, in words. A point that is a sentence's full stop as well stays. */
const spansOf = (text: string, pattern: RegExp, inWords: (groups: Groups) => string): Rewritten[] =>
  Array.from(text.matchAll(pattern), ({ 0: found, index, groups = {} }) => {
    const to = index + found.length;
    const ends = found.endsWith('.') && SAYS_MORE.test(text) && /^[\s"”“’»«]*$/u.test(text.slice(to, to + 20));
    return { from: index, to, text: inWords(groups) + (ends ? '.' : '') };
  });
