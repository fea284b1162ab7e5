import { masked } from './rewritten.ts';

/** An hour and its place. `minutes` count from midnight; if `isSure` is false, from midnight or noon. */
export type Hour = {
  readonly from: number;
  readonly to: number;
  readonly minutes: number;
  readonly isSure: boolean;
  /** Whether it has an 'a.m.' or 'p.m.' of its own. */
  readonly isMarked: boolean;
};

const NUMBERS = 'one two three four five six seven eight nine ten eleven twelve'.split(' ');
const WORD = `(?:${NUMBERS.join('|')})`;
const DIGITS = String.raw`\d{1,2}(?:[:.][0-5]\d)?`;
/** Not 'forty-five', 'oh five', 'the one'. */
const TIME = String.raw`(?:${DIGITS}|(?<!\p{L}|(?:ty|\boh)[- ]|\b(?:the|no|any) )${WORD})(?: o['’]clock)?`;
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
/** What may come after an hour of 'ten to six': with a noun it counts, 'ten to six people'. */
const NO_NOUN = String.raw`(?=\s*(?:$|(?!-)[\p{P}\n]|(?:${'on in at when and or but as if this today tonight tomorrow yesterday every because so now already each sharp exactly daily to until till by from we I he she they you it the o'.split(' ').join('|')})(?!\p{L})|[ap]\.?\s?m\b))`;
/** Words before 'a quarter to five' that make it an amount. */
const AMOUNT = String.raw`\b(?:by|from|of|fell|falls?|fallen|rose|rises?|risen|dropped|drops?|grew|grows?|cut|cuts|raised?|paid|pays?|gave|gives?|lost|loses?|costs?|owes?)`;
/** 'half past 5', 'a quarter to six', 'at ten to six': other languages count some of these from the other hour. */
const PARTS = new RegExp(
  String.raw`(?<!\p{L})(?:(?<part>half|(?:a )?quarter) past|(?<!${AMOUNT} (?:an? )?)(?<quarter>(?:a )?quarter) to|(?<=(?:\bat|\bit is|\bit's|\bit’s|\buntil|\btill) )(?<minutes>five|ten|twenty|twenty-five) (?<way>past|to)) (?<hour>${WORD}|\d{1,2})(?!(?![ap]m\b)[\p{L}\d:]|[.,]\d)(?:(?<!to \S+)|${NO_NOUN})(?: o['’]clock)?(?:\s?(?<half>[ap])(?:\.\s?m\b\.?|m\b))?`,
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
/** In 'On July 4 PM Johnson spoke'; but '4 July 11 PM'. */
const MONTH = new RegExp(`(?<!\\p{L}|\\d(?:st|nd|rd|th)?(?: of)? )(?:${MONTHS})\\.? $`, 'iu');
const TITLE = /^\d+ PM$/;
/** 'I live in apartment 5 A. M. Miller …' */
const INITIALS = /[AP]\. M\.$/;
/** 'They are 3 and 5 p.m. is late': the first is no hour. */
const AGE = /(?<!\p{L})(?:am|are|is|turn(?:s|ed)?) $/iu;
const VERB = /^\s+(?:is|was|seems|will|would)(?!\p{L})/u;
const CONTEXT = 40; // characters before a time that decide about it

/** The hours that say which half of the day they are in, by themselves or by another, and those like 'half past five', in order. */
export function hoursOf(text: string): Hour[] {
  const parts = Array.from(text.matchAll(PARTS), partOfHour).filter((hour) => hour !== undefined);
  const halves = Array.from(masked(text, parts).matchAll(HALF_DAY), (match) => halfDay(text, match)).flat();
  const hours = [...parts, ...halves].sort((a, b) => a.from - b.from);
  for (let i = hours.length - 2; i >= 0; i--) {
    const [one, next] = [hours[i]!, hours[i + 1]!];
    if (!one.isSure && next.isSure && sharesMark(text, one, next))
      hours[i] = { ...one, minutes: before(next.minutes, one.minutes), isSure: true };
  }
  return hours;
}

const SHARES_MARK = new RegExp(`^\\s*(?:[-–&]|${TO}|or)\\s*$`, 'i');
/** 'half past 3 to 5 p.m.', 'between half past 3 and 5 p.m.'; but 'at half past 6 and 8 p.m. is my bedtime'. */
function sharesMark(text: string, one: Hour, next: Hour): boolean {
  const between = text.slice(one.to, next.from);
  if (/^\s*,? and\s*$/i.test(between))
    return /(?<!\p{L})between $/iu.test(text.slice(Math.max(0, one.from - CONTEXT), one.from));
  return SHARES_MARK.test(between);
}

function partOfHour({ 0: found, index, groups = {} }: RegExpExecArray): Hour | undefined {
  const past = groups.minutes ? MINUTES[groups.minutes.toLowerCase()]! : /half/i.test(groups.part ?? '') ? 30 : 15;
  const isBefore = groups.quarter !== undefined || groups.way?.toLowerCase() === 'to';
  const hour = numberOf(groups.hour);
  if (hour < 1 || hour > 12) return undefined;
  const minutes = (60 * hour + (isBefore ? -past : past)) % 720;
  const isMarked = groups.half !== undefined;
  return {
    from: index,
    to: index + found.length,
    minutes: isMarked ? atHalf(minutes, groups.half!) : minutes,
    isSure: isMarked,
    isMarked,
  };
}

/** The hours of one mark: each is the last such time before the one after it. */
function halfDay(text: string, { 0: found, index, groups = {} }: RegExpExecArray): Hour[] {
  const { shared = '', between = '', time = '', half = '' } = groups;
  const own = minutesOf(time);
  const to = index + found.length;
  const leading = text.slice(Math.max(0, index - CONTEXT), index);
  if (own === undefined) return [];
  if (TITLE.test(found) && MONTH.test(leading) && /^ \p{Lu}\p{Ll}/u.test(text.slice(to, to + 3))) return [];
  if (INITIALS.test(found) && COUNTED.test(leading)) return [];
  const others = Array.from(shared.matchAll(TIMES));
  // 'Pier 3, 5 p.m.' is no list
  const isList =
    others.length > (/^,\s*$/.test(between) ? 1 : 0) &&
    others.every(({ 0: one }) => minutesOf(one) !== undefined) &&
    !COUNTED.test(leading) &&
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

/** 1 to 12, of digits or a word. */
const numberOf = (hour = '') =>
  /^\d/.test(hour) ? Number.parseInt(hour, 10) : NUMBERS.indexOf(hour.toLowerCase()) + 1;

/** Minutes since midnight or noon; undefined if there is no such hour. */
function minutesOf(time: string): number | undefined {
  const hour = numberOf(time.replace(/ .*/, ''));
  return hour >= 1 && hour <= 12 ? 60 * (hour % 12) + Number(/[:.](\d\d)/.exec(time)?.[1] ?? 0) : undefined;
}

const atHalf = (minutes: number, half: string) => minutes + (half.toLowerCase() === 'p' ? 720 : 0);
