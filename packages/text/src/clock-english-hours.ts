import { dayPartHours } from './clock-english-day.ts';
import { atHalf, type Hour, minutesOf, TIME } from './clock-english-number.ts';
import { partHours } from './clock-english-parts.ts';
import { masked } from './rewritten.ts';

const TIMES = new RegExp(TIME, 'giu');
/** 'a.m.', 'pm'; after a word only with full stops: 'the ten am …' is no time. */
const MARK = String.raw`(?:\s?(?<half>[ap])(?:\.\s?m\b\.?|(?<=\d\s?[ap])m\b(?! I\b)))`;
/** Words between the ends of a range. */
export const TO = 'to|till|until|through|thru';
const BETWEEN = String.raw`\s*(?:[-–—&]|${TO}|,? and|,? or|,)\s*`;
/** Hours with 'a.m.' or 'p.m.', and those before them that share the mark: '3 to 5 p.m.', '1, 2 or 3 p.m.'. */
export const HALF_DAY = new RegExp(
  String.raw`(?<![\p{L}\d.,:/$£€]|\d[-–—])(?:(?<shared>(?:${TIME}, ){0,5}${TIME})(?<between>${BETWEEN}))?(?<time>${TIME})${MARK}`,
  'giu',
);

const MONTHS =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
/** Words after which a number is no hour: 'Room 2 - 3 p.m.'. */
const COUNTED = new RegExp(
  `(?<!\\p{L}|(?:every|each|all|per|same|one) )(?:${[
    'session|episode|season|group|table|channel|game|race|age|day|week|step|stage|phase|part|chapter|section|page|unit|lesson|level|grade|class|room|suite|apartment|floor|hall|door',
    'round|match|heat|court|terminal|building|pier|theatre|theater|studio|tent|field',
    'gate|exit|platform|track|line|bus|route|lane|no',
  ].join('|')})s?\\.? $`,
  'iu',
);
/** In 'May 3 – 5 p.m.', 'On July 4 PM Johnson spoke'; but '4 July 11 PM'. */
const MONTH = new RegExp(`(?<!\\p{L}|\\d(?:st|nd|rd|th)?(?: of)? )(?:${MONTHS})\\.? $`, 'iu');
/** Before an hour, in 'May 12 2-5pm'. */
export const DATE = new RegExp(`(?<=(?<!\\p{L})(?:${MONTHS})\\.? \\d{1,2}(?:st|nd|rd|th)?) (?=\\d)`, 'iuy');
const TITLE = /^\d+ PM$/;
/** 'I live in apartment 5 A. M. Miller …' */
const INITIALS = /[AP]\. M\.$/;
/** 'They are 3 and 5 p.m. is late': the first is no hour. */
const AGE = /(?<!\p{L})(?:am|are|is|turn(?:s|ed)?) $/iu;
const VERB = /^\s+(?:is|was|seems|will|would)(?!\p{L})/u;
const CONTEXT = 40; // characters before a time that decide about it

/** The hours that say which half of the day they are in, by themselves or by another, and those like 'half past five', in order. */
export function hoursOf(text: string): Hour[] {
  const parts = [...partHours(text), ...dayPartHours(text)].sort((a, b) => a.from - b.from);
  const halves = Array.from(masked(text, parts).matchAll(HALF_DAY), (match) => halfDay(text, match)).flat();
  const hours = [...parts, ...halves].sort((a, b) => a.from - b.from);
  for (let i = hours.length - 2; i >= 0; i--) {
    const [one, next] = [hours[i]!, hours[i + 1]!];
    if (!one.isSure && next.isSure && sharesMark(text, one, next))
      hours[i] = { ...one, minutes: before(next.minutes, one.minutes), isSure: true };
  }
  return hours;
}

const IS_RANGE = new RegExp(`^\\s*(?:[-–—]|${TO})\\s*$`, 'i');
/** 'Study group 5-7 pm'; but 'Session 1 - 9 a.m.'. */
const IS_CLOSE = new RegExp(`^(?:[-–]|\\s*(?:${TO})\\s*)$`, 'i');
const SHARES_MARK = new RegExp(`^\\s*(?:[-–&]|${TO}|or)\\s*$`, 'i');
/** 'half past 3 to 5 p.m.', 'between half past 3 and 5 p.m.'; but 'at half past 6 and 8 p.m. is my bedtime'. */
function sharesMark(text: string, one: Hour, next: Hour): boolean {
  const between = text.slice(one.to, next.from);
  if (/^\s*,? and\s*$/i.test(between))
    return /(?<!\p{L})between $/iu.test(text.slice(Math.max(0, one.from - CONTEXT), one.from));
  return SHARES_MARK.test(between);
}

/** The hours of one mark: each is the last such time before the one after it. */
function halfDay(text: string, { 0: found, index, groups = {} }: RegExpExecArray): Hour[] {
  const { shared = '', between = '', time = '', half = '' } = groups;
  const own = minutesOf(time);
  const to = index + found.length;
  const leading = text.slice(Math.max(0, index - CONTEXT), index);
  if (own === undefined) return [];
  if (TITLE.test(found) && MONTH.test(leading) && /^ \p{Lu}\p{Ll}/u.test(text.slice(to, to + 3))) return [];
  if (INITIALS.test(found) && (COUNTED.test(leading) || MONTH.test(leading))) return [];
  const all = Array.from(shared.matchAll(TIMES));
  // the first of 'May 3, 5-7 p.m.' is no hour
  const isApart = MONTH.test(leading) || (COUNTED.test(leading) && (all.length > 1 || !IS_CLOSE.test(between)));
  const others = isApart ? (IS_RANGE.test(between) ? all.slice(1) : []) : all;
  // 'Pier 3, 5 p.m.' is no list
  const isList =
    others.length > (/^,\s*$/.test(between) ? 1 : 0) &&
    others.every(({ 0: one }) => minutesOf(one) !== undefined) &&
    !(AGE.test(leading) && VERB.test(text.slice(to, to + CONTEXT)));
  // '9-12 a.m.' ends at noon
  const isNoon = isList && own === 0 && !/and|or|,/i.test(between) && minutesOf(others.at(-1)![0])! >= 420;
  const minutes = isNoon ? 720 : atHalf(own, half);
  const hours: Hour[] = [{ from: index + shared.length + between.length, to, minutes, isSure: true, isMarked: true }];
  if (!isList) return hours;
  for (const { 0: one, index: at } of others.reverse()) {
    const place = { from: index + at, to: index + at + one.length };
    hours.unshift({ ...place, minutes: before(hours[0]!.minutes, minutesOf(one)!), isSure: true, isMarked: false });
  }
  return hours;
}

/** The last time before another that is `early` minutes after midnight or noon. */
const before = (late: number, early: number) => (early + 720 * Math.floor((late - 1 - early) / 720) + 1440) % 1440;
