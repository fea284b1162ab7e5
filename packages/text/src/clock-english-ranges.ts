import { TO } from './clock-english-hours.ts';
import { type Hour, NO_NOUN } from './clock-english-number.ts';

const RANGE = new RegExp(`^[^\\S\\n]*(?:[-–]|${TO})[^\\S\\n]*$`, 'iu');
const DASH = /[-–]/;
/** Before two hours of which each has its mark: 'from 9 a.m. to 5 p.m.', but 'We moved our 3 p.m. to 5 p.m.'. */
const OPENS_RANGE =
  /(?<=(?:^|[\n.,;:!?()"“–-]\s*|(?<!\p{L})(?:from|open|opened|closed|free|busy|daily|hours|between|runs?|lasts?|takes place|works?|worked|tomorrow|weekends?|\p{L}+days?|mon|tue|wed|thu|fri|sat|sun|is|are|was|were|only|every day)\s+))/iuy;
/** Before two hours that are apart: 'at 5 p.m. - 6 p.m. on Sundays'. */
const AT = /(?<=(?<!\p{L})at\s+)/iuy;

/** Whether two hours are the ends of a range. */
export function isRange(text: string, one: Hour, next: Hour): boolean {
  const between = text.slice(one.to, next.from);
  if (!RANGE.test(between)) return false;
  if (!one.isMarked || !next.isMarked) return true;
  return DASH.test(between) ? !standsAfter(AT, text, one.from) : standsAfter(OPENS_RANGE, text, one.from);
}

/** Whether what is before a place matches; looks back from there only, whatever the text's length. */
export function standsAfter(pattern: RegExp, text: string, place: number): boolean {
  pattern.lastIndex = place;
  return pattern.test(text);
}

const NOON = new RegExp(
  String.raw`(?<!\p{L}|\d |[\d.:])(?:12 )?(?:(?<noon>noon)|midnight)(?!\p{L})(?:${NO_NOUN}|(?= ?- ?\d))`,
  'giu',
);
/** In '10 p.m. – Midnight in Paris'. */
const TITLE = /^[NM]\p{Ll}+ \p{L}/u;

/** The hours of a text with the noons and midnights that are ends of ranges: 'from 9 a.m. to noon'. */
export function withNoons(text: string, hours: readonly Hour[]): Hour[] {
  let i = 0;
  const noons = Array.from(text.matchAll(NOON), ({ 0: found, index, groups }) => {
    const [from, to] = [index, index + found.length];
    const noon = { from, to, minutes: groups?.noon ? 720 : 0, isSure: true, isMarked: true };
    while (i < hours.length && hours[i]!.to <= from) i++;
    const [last, next] = [hours[i - 1], hours[i]];
    if (last?.isSure && isRange(text, last, noon) && !TITLE.test(text.slice(from, to + 2)))
      return { ...noon, minutes: noon.minutes || 1440 };
    return next?.isSure && isRange(text, noon, next) ? noon : undefined;
  }).filter((hour) => hour !== undefined);
  return [...hours, ...noons].sort((a, b) => a.from - b.from);
}
