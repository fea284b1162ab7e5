import { masked, type Rewritten } from './rewritten.ts';

const NUMBERS = 'one two three four five six seven eight nine ten eleven twelve'.split(' ');
const WORD = `(?:${NUMBERS.join('|')})`;
const DIGITS = String.raw`\d{1,2}(?:[:.][0-5]\d)?`;
/** Not 'forty-five', 'oh five', 'the one'. */
const TIME = String.raw`(?:${DIGITS}|(?<!\p{L}|(?:ty|\boh)[- ]|\b(?:the|no|any) )${WORD})(?: o['’]clock)?`;
const TIMES = new RegExp(TIME, 'giu');
/** 'a.m.', 'pm'; after a word only with full stops: 'the ten am …' is no time. */
const MARK = String.raw`(?:\s?(?<half>[ap])(?:\.\s?m\b\.?|(?<=\d\s?[ap])m\b(?! I\b)))`;
const BETWEEN = String.raw`\s*(?:[-–—&]|to|till|until|through|thru|,? and|,? or|,)\s*`;
/** Hours with 'a.m.' or 'p.m.', and those before them that share the mark: '3 to 5 p.m.', '1, 2 or 3 p.m.'. */
const HALF_DAY = new RegExp(
  String.raw`(?<![\p{L}\d.,:/$£€]|\d[-–—])(?:(?<shared>(?:${TIME}, ){0,5}${TIME})(?<between>${BETWEEN}))?(?<time>${TIME})${MARK}`,
  'giu',
);
/** What may come after an hour of 'ten to six': with a noun it counts, 'ten to six people'. */
const NO_NOUN = String.raw`(?=\s*(?:$|(?!-)[\p{P}\n]|(?:${'on in at when and or but as if this today tonight tomorrow yesterday every because so now already each sharp exactly daily to until till by from we I he she they you it the o'.split(' ').join('|')})(?!\p{L})|[ap]\.?\s?m\b))`;
/** What comes before an hour of 'a quarter to six', which may also be a quarter of something. */
const HOUR_BEFORE = String.raw`(?:(?:^|[\n.!?,;:(–—-]\s*|(?<!\p{L})(?:at|is|was|it['’]s|until|till|around|about|since|before|after|between|almost|nearly|only|just|and|or|to) ))`;
/** 'half past 5', 'a quarter to six', 'at ten to six': other languages count some of these from the other hour. */
const PARTS = new RegExp(
  String.raw`(?<!\p{L})(?:(?<part>half|(?:a )?quarter) past|(?<=${HOUR_BEFORE})(?<quarter>(?:a )?quarter) to|(?<=(?:\bat|\bit is|\bit's|\bit’s|\buntil|\btill) )(?<minutes>five|ten|twenty|twenty-five) (?<way>past|to)) (?<hour>${WORD}|\d{1,2})(?!(?![ap]m\b)[\p{L}\d:]|[.,]\d)(?:(?<!to \S+)|${NO_NOUN})(?: o['’]clock)?(?:\s?(?<half>[ap])(?:\.\s?m\b\.?|m\b))?`,
  'giu',
);
const MINUTES: Readonly<Record<string, number>> = { five: 5, ten: 10, twenty: 20, 'twenty-five': 25 };
const MONTHS =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
/** Words after which a number is no hour: 'Room 2 - 3 p.m.', 'May 3 – 5 p.m.'. */
const COUNTED = new RegExp(
  `(?<!\\p{L}|(?:every|each|all|per|same|one) )(?:${[
    'session|episode|season|group|table|channel|game|race|age|day|week|step|stage|phase|part|chapter|section|page|unit|lesson|level|grade|class|room|suite|apartment|floor|hall|door',
    'round|match|heat|court|terminal|building|pier|theatre|theater|studio|tent|field',
    'gate|exit|platform|track|line|bus|route|lane|no',
    MONTHS,
  ].join('|')})s?\\.? $`,
  'iu',
);

/** An hour and its place; `minutes` since midnight, or since midnight or noon if nothing says which half of the day it is. */
type Hour = { readonly from: number; readonly to: number; readonly minutes: number; readonly isSure: boolean };

export function englishSpans(text: string): Rewritten[] {
  const parts = Array.from(text.matchAll(PARTS), partOfHour).filter((hour) => hour !== undefined);
  const halves = Array.from(masked(text, parts).matchAll(HALF_DAY), (match) => halfDay(text, match)).flat();
  const hours = [...parts, ...halves].sort((a, b) => a.from - b.from);
  for (let i = hours.length - 2; i >= 0; i--) {
    const [one, next] = [hours[i]!, hours[i + 1]!];
    // 'half past 3 to 5 p.m.'
    if (!one.isSure && next.isSure && SHARES_MARK.test(text.slice(one.to, next.from)))
      hours[i] = { ...one, minutes: before(next.minutes, one.minutes), isSure: true };
  }
  const oClock = /\p{Ll}/u.test(text) ? "o'clock" : "O'CLOCK";
  const isJoint = (i: number) => i > 0 && i < hours.length && RANGE.test(text.slice(hours[i - 1]!.to, hours[i]!.from));
  return hours.map((hour, i) => {
    const [previous, next] = [isJoint(i) && hours[i - 1], isJoint(i + 1) && hours[i + 1]];
    const { from, to, minutes } = hour;
    const stop = lastStop(text, hour);
    if (!previous && !next) return { from, to, text: alone(hour, oClock) + stop };
    if (!isFull(hour) || ![previous, next].every((one) => !one || isFull(one)))
      return { from, to, text: digital(minutes) + stop };
    if (!next) return { from, to, text: `${minutes / 60} ${oClock}${stop}` };
    return { from, to: next.from, text: `${minutes / 60} ${/\p{Ll}/u.test(text) ? 'to' : 'TO'} ` };
  });
}

const isFull = ({ minutes }: Hour) => minutes % 60 === 0 && minutes > 0;

const RANGE = /^[^\S\n]*(?:[-–—]|to|till|until|through|thru)[^\S\n]*$/iu;
const SHARES_MARK = /^\s*(?:[-–—&]|to|till|until|through|thru|,? and|,? or)\s*$/iu;

function partOfHour({ 0: found, index, groups = {} }: RegExpExecArray): Hour | undefined {
  const past = groups.minutes ? MINUTES[groups.minutes.toLowerCase()]! : /half/i.test(groups.part ?? '') ? 30 : 15;
  const isBefore = groups.quarter !== undefined || groups.way?.toLowerCase() === 'to';
  const hour = numberOf(groups.hour);
  if (hour < 1 || hour > 12) return undefined;
  const minutes = (60 * hour + (isBefore ? -past : past)) % 720;
  const place = { from: index, to: index + found.length };
  return groups.half
    ? { ...place, minutes: atHalf(minutes, groups.half), isSure: true }
    : { ...place, minutes, isSure: false };
}

/** The hours of one mark: each is the last such time before the one after it. */
function halfDay(text: string, { 0: found, index, groups = {} }: RegExpExecArray): Hour[] {
  const { shared = '', between = '', time = '', half = '' } = groups;
  const own = minutesOf(time);
  const first = text.slice(Math.max(0, index - 40), index);
  const isAlone = shared === '';
  if (own === undefined || (isAlone && (MONTH.test(first) || (/\s/.test(found.slice(-4)) && COUNTED.test(first)))))
    return [];
  const to = index + found.length;
  const others = isAlone ? [] : Array.from(shared.matchAll(TIMES));
  // 'Pier 3, 5 p.m.' is no list
  const isList =
    !isAlone &&
    (others.length > 1 || !/^,\s*$/.test(between)) &&
    others.every(({ 0: one }) => minutesOf(one) !== undefined) &&
    !COUNTED.test(first) &&
    !(AND.test(between) && ARE.test(first));
  // '9-12 a.m.' ends at noon
  const isNoon = isList && own === 0 && minutesOf(others.at(-1)![0])! >= 300;
  const last = {
    from: index + shared.length + between.length,
    to,
    minutes: isNoon ? 720 : atHalf(own, half),
    isSure: true,
  };
  const hours = [last];
  if (!isList) return hours;
  for (const { 0: one, index: at } of others.reverse()) {
    const minutes = before(hours[0]!.minutes, minutesOf(one)!);
    hours.unshift({ from: index + at, to: index + at + one.length, minutes, isSure: true });
  }
  return hours;
}

/** The last time before another that is `early` minutes after midnight or noon. */
const before = (late: number, early: number) => (early + 720 * Math.floor((late - 1 - early) / 720) + 1440) % 1440;

/** 1 to 12, of digits or a word. */
const numberOf = (hour = '') =>
  /^\d/.test(hour) ? Number.parseInt(hour, 10) : NUMBERS.indexOf(hour.toLowerCase()) + 1;

/** Minutes since midnight or noon; undefined if there is no such hour. */
function minutesOf(time: string): number | undefined {
  const hour = numberOf(time.replace(/ .*/, ''));
  return hour >= 1 && hour <= 12 ? 60 * (hour % 12) + Number(/[:.](\d\d)/.exec(time)?.[1] ?? 0) : undefined;
}

const atHalf = (minutes: number, half: string) => minutes + (half.toLowerCase() === 'p' ? 720 : 0);

/** '15:30', or "9 o'clock" where the hour by itself says which half of the day it is; the hour as it was said if nothing says that. */
function alone({ minutes, isSure }: Hour, oClock: string): string {
  if (!isSure) return spoken(minutes);
  return minutes % 60 === 0 && minutes >= 60 && minutes <= 720 ? `${minutes / 60} ${oClock}` : digital(minutes);
}

const digital = (minutes: number) => `${Math.floor(minutes / 60)}:${padded(minutes % 60)}`;

/** '8:30': the hour as it was said, from 1 to 12. */
const spoken = (minutes: number) => `${Math.floor(minutes / 60) % 12 || 12}:${padded(minutes % 60)}`;

const MONTH = new RegExp(`(?<!\\p{L})(?:${MONTHS})\\.? $`, 'iu');
const AND = /^,?\s*(?:and|or)\s*$/;
/** 'They are 3 and 5 p.m. is late': the first is no hour. */
const ARE = /(?<!\p{L})(?:am|are|turned|turns?) $/u;

const padded = (minutes: number) => String(minutes).padStart(2, '0');

/** The full stop of 'p.m.' if it also ends a sentence; a comma in 'Tomorrow at 5 p.m. Ann will leave'. */
function lastStop(text: string, { from, to }: Hour): string {
  if (text[to - 1] !== '.') return '';
  const rest = text.slice(to);
  if (/^["'”’)\]]*\s*$/u.test(rest))
    return /^\P{L}*\p{Lu}/u.test(text) && /\p{L}{2}/u.test(text.replace(HALF_DAY, '')) ? '.' : '';
  if (!/^["'”’)\]]*\s+["'“‘(]*\p{Lu}/u.test(rest) || NOT_A_START.test(rest)) return '';
  BEFORE_NOUN.lastIndex = from;
  if (BEFORE_NOUN.test(text)) return '';
  ONLY_WHEN.lastIndex = from;
  return ONLY_WHEN.test(text) ? ',' : '.';
}
/** The place of an hour that begins a sentence; looks back from there only, whatever the text's length. */
const ONLY_WHEN = new RegExp(
  `(?<=(?:^|[.!?]\\s+)(?:(?:${[
    'at by from on in until till around about before after since the of',
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
const BEFORE_NOUN = /(?<=(?<!\p{L})(?:the|an?|this|that|my|your|his|her|our|their)\s+)/iuy;
const NOT_A_START =
  /^\s+(?:[MTWFS]\p{Ll}+day|Mon|Tue|Wed|Thu|Fri|Sat|Sun|January|February|March|April|May|June|July|August|September|October|November|December|[A-Z]{2,4}|\p{Lu}\p{Ll}+ [Tt]ime|Eastern|Central|Mountain|Pacific|Greenwich)(?!\p{L})/u;
