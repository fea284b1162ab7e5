import { HALF_DAY, type Hour, hoursOf, TO } from './clock-english-hours.ts';
import type { Rewritten } from './rewritten.ts';

/** How other languages write the times of day of an English text: '15:30', '9 to 17 o'clock'. */
export function englishSpans(text: string): Rewritten[] {
  const isSmall = /\p{Ll}/u.test(text); // in capitals, every word could begin a sentence
  const hours = hoursOf(text);
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
    return { from: first.from, to: hour.to, text: isSmall ? written + lastStop(text, hour) : written.toUpperCase() };
  });
}

const RANGE = new RegExp(`^[^\\S\\n]*(?:[-–]|${TO})[^\\S\\n]*$`, 'iu');
const DASH = /[-–]/;
/** Before two hours of which each has its mark: 'from 9 a.m. to 5 p.m.', but 'We moved our 3 p.m. to 5 p.m.'. */
const OPENS_RANGE =
  /(?<=(?:^|[\n.,;:!?()"“–-]\s*|(?<!\p{L})(?:from|open|opened|closed|free|busy|daily|hours|between|runs?|lasts?|takes place|works?|worked|tomorrow|weekends?|\p{L}+days?|mon|tue|wed|thu|fri|sat|sun|is|are|was|were|only|every day)\s+))/iuy;
/** Before two hours that are apart: 'at 5 p.m. - 6 p.m. on Sundays'. */
const AT = /(?<=(?<!\p{L})at\s+)/iuy;

/** Whether two hours are the ends of a range. */
function isRange(text: string, one: Hour, next: Hour): boolean {
  const between = text.slice(one.to, next.from);
  if (!RANGE.test(between)) return false;
  if (!one.isMarked || !next.isMarked) return true;
  return DASH.test(between) ? !standsAfter(AT, text, one.from) : standsAfter(OPENS_RANGE, text, one.from);
}

/** Whether what is before a place matches; looks back from there only, whatever the text's length. */
function standsAfter(pattern: RegExp, text: string, place: number): boolean {
  pattern.lastIndex = place;
  return pattern.test(text);
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

/** The full stop of 'p.m.' if it also ends a sentence; a comma in 'Tomorrow at 5 p.m. Ann will leave'. */
function lastStop(text: string, { from, to }: Hour): string {
  if (text[to - 1] !== '.') return '';
  const rest = text.slice(to);
  if (/^["'”’)\]]*\s*$/u.test(rest))
    return /^\P{L}*\p{Lu}/u.test(text) && /\p{L}{2}/u.test(text.replace(HALF_DAY, '')) ? '.' : '';
  if (!/^["'”’)\]]*\s+["'“‘(]*\p{Lu}/u.test(rest) || NOT_A_START.test(rest)) return '';
  if (standsAfter(BEFORE_NOUN, text, from)) return '';
  return standsAfter(ONLY_WHEN, text, from) ? ',' : '.';
}

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
