import { DATE, HALF_DAY, hoursOf } from './clock-english-hours.ts';
import type { Hour } from './clock-english-number.ts';
import { isRange, standsAfter, withNoons } from './clock-english-ranges.ts';
import type { Rewritten } from './rewritten.ts';

/** How other languages write the times of day of an English text: '15:30', '9 to 17 o'clock'. */
export function englishSpans(text: string): Rewritten[] {
  const isSmall = /\p{Ll}/u.test(text);
  const hours = withNoons(text, hoursOf(text));
  const joins = hours.map((hour, i) => i > 0 && isRange(text, hours[i - 1]!, hour));
  const endsPair = (i: number) =>
    joins[i] && !joins[i - 1] && !joins[i + 1] && isFull(hours[i - 1]!) && isFull(hours[i]!);
  return hours.flatMap((hour, i) => {
    if (endsPair(i + 1)) return []; // written with the next one
    const first = endsPair(i) ? hours[i - 1]! : hour;
    const written =
      first !== hour
        ? `${first.minutes / 60} to ${hour.minutes / 60} o'clock`
        : joins[i] || joins[i + 1]
          ? exact(hour)
          : alone(hour);
    const stop = lastStop(text, first.from, hour, isSmall);
    return isSmall && standsAfter(DATE, text, first.from - 1) // 'May 12 14' would be read as one
      ? { from: first.from - 1, to: hour.to, text: `, ${written}${stop}` }
      : { from: first.from, to: hour.to, text: (isSmall ? written : written.toUpperCase()) + stop };
  });
}

const isFull = ({ minutes, isSure }: Hour) => isSure && minutes % 60 === 0 && minutes > 0;

/** '15:30', or "9 o'clock" where the hour by itself says which half of the day it is. */
const alone = (hour: Hour): string =>
  isFull(hour) && hour.minutes <= 720 ? `${hour.minutes / 60} o'clock` : exact(hour);

/** '15:30', or the hour as it was said, from 1 to 12, if nothing says which half of the day it is. */
function exact({ minutes, isSure }: Hour): string {
  const hour = Math.floor(minutes / 60);
  return `${isSure ? hour : hour % 12 || 12}:${String(minutes % 60).padStart(2, '0')}`;
}

/**
 * The full stop of 'p.m.' if it also ends a sentence; a comma in 'Tomorrow at 5 p.m. Ann will leave'. `start` is where the
 * hour's range starts, if it has one.
 */
function lastStop(text: string, start: number, { from, to }: Hour, isSmall: boolean): string {
  if (text[to - 1] !== '.') return '';
  const rest = text.slice(to);
  if (/^["'”’)\]]*\s*$/u.test(rest)) return isSentence(text, start, isSmall) ? '.' : '';
  if (!isSmall) return ''; // any word could begin a sentence
  if (!/^["'”’)\]]*\s+["'“‘(]*\p{Lu}/u.test(rest) || NOT_A_START.test(rest)) return '';
  if (standsAfter(BEFORE_NOUN, text, from)) return '';
  return standsAfter(ONLY_WHEN, text, from) ? ',' : '.';
}

/** Whether a text that ends with an hour has other words, of which 'OPEN' and 'Opening hours:' are too few. */
function isSentence(text: string, start: number, isSmall: boolean): boolean {
  if (standsAfter(LABEL, text, start)) return false;
  const others = text.replace(HALF_DAY, '');
  return /^\P{L}*\p{Lu}/u.test(text) && (isSmall ? /\p{L}{2}/u : /(?<!\p{L})(?:\p{L}{2,}\P{L}+){3}/u).test(others);
}

/** In 'Opening hours: Mon – Fri 9 a.m. – 5 p.m.'. */
const LABEL =
  /(?<=^[^.!?:]{1,60}:(?:\s|[-–,&]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?)?(?!\p{L})\.?|to (?=\p{L})|and ){0,20})/iuy;

/** Before an hour that begins a sentence. */
const ONLY_WHEN = new RegExp(
  `(?<=(?:^|[.!?]\\s+)["'“‘(]*(?:(?:${[
    'at by from on in until till around about before after since the of',
    'but and so then just shortly exactly only',
    'today tonight tomorrow yesterday last next this every each early late',
    'night morning afternoon evening day week weekend month year noon midnight',
    'monday tuesday wednesday thursday friday saturday sunday',
    'january february march april may june july august september october november december',
  ]
    .join(' ')
    .replaceAll(' ', '|')}|\\d{1,4}(?:st|nd|rd|th)?)s?,?\\s+){1,8})`,
  'iy',
);
/** In 'the 5 p.m. Lufthansa flight'. */
const BEFORE_NOUN =
  /(?<=(?<!\p{L})(?:the|an?|this|that|my|your|his|her|our|their)\s+(?:(?:daily|weekly|usual|next|last|regular|first)\s+)?)/iuy;
const NOT_A_START =
  /^\s+(?:[MTWFS]\p{Ll}+day|Mon|Tue|Wed|Thu|Fri|Sat|Sun|January|February|March|April|May|June|July|August|September|October|November|December|[A-Z]{2,4}|\p{Lu}\p{Ll}+ [Tt]ime|Eastern|Central|Mountain|Pacific|Greenwich)(?!\p{L})/u;
