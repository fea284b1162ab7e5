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
const NO_NOUN = String.raw`(?=\s*(?:$|(?!-)[\p{P}\n]|(?:${'on in at when and or but as if this today tonight tomorrow yesterday every because so to until till by from we I he she they you it the o'.split(' ').join('|')})(?!\p{L})|[ap]\.?\s?m\b))`;
/** 'half past 5', 'a quarter to six', 'at ten to six': other languages count some of these from the other hour. */
const PARTS = new RegExp(
  String.raw`(?<!\p{L})(?:(?<part>half|(?:a )?quarter) past|(?<!\b(?:by|from|of) (?:an? )?)(?<quarter>(?:a )?quarter) to|(?<=(?:\bat|\bit is|\bit's|\bit’s|\buntil|\btill) )(?<minutes>five|ten|twenty|twenty-five) (?<way>past|to)) (?<hour>${WORD}|\d{1,2})(?!(?![ap]m\b)[\p{L}\d:]|[.,]\d)(?:(?<!to \S+)|${NO_NOUN})(?: o['’]clock)?(?:\s?(?<half>[ap])(?:\.\s?m\b\.?|m\b))?`,
  'giu',
);
const MINUTES: Readonly<Record<string, number>> = { five: 5, ten: 10, twenty: 20, 'twenty-five': 25 };
/** Words after which a number is no hour: 'Room 2 - 3 p.m.', 'May 3 – 5 p.m.'. */
const COUNTED = new RegExp(
  `(?<!\\p{L}|(?:every|each|all|per|same|one) )(?:${[
    'session|episode|season|group|table|channel|game|race|age|day|week|step|stage|phase|part|chapter|section|page|unit|lesson|level|grade|class|room|suite|apartment|floor|hall|door',
    'round|match|heat|court|terminal|building|pier|theatre|theater|studio|tent|field',
    'gate|exit|platform|track|line|bus|route|lane|no|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?',
    'aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?',
  ].join('|')})s?\\.? $`,
  'iu',
);

export function englishSpans(text: string): Rewritten[] {
  const oClock = /\p{Ll}/u.test(text) ? "o'clock" : "O'CLOCK";
  const parts = Array.from(text.matchAll(PARTS), ({ 0: found, index, groups = {} }) => {
    const past = groups.minutes ? MINUTES[groups.minutes.toLowerCase()]! : /half/i.test(groups.part ?? '') ? 30 : 15;
    const before = groups.quarter !== undefined || groups.way?.toLowerCase() === 'to';
    const hour = numberOf(groups.hour);
    if (hour < 1 || hour > 12) return undefined;
    const to = index + found.length;
    const minutes = 60 * hour + (before ? -past : past);
    const written = groups.half ? clock(atHalf(minutes % 720, groups.half), oClock) : spoken(minutes);
    return { from: index, to, text: written + lastStop(text, found, to) };
  }).filter((span) => span !== undefined);
  const halves = Array.from(masked(text, parts).matchAll(HALF_DAY), (match) => halfDay(text, match, oClock)).flat();
  return [...parts, ...halves].sort((a, b) => a.from - b.from);
}

/** The hours of one mark: each is the last such time before the one after it. */
function halfDay(text: string, { 0: found, index, groups = {} }: RegExpExecArray, oClock: string): Rewritten[] {
  const { shared = '', between = '', time = '', half = '' } = groups;
  const own = minutesOf(time);
  if (own === undefined) return [];
  const to = index + found.length;
  let next = atHalf(own, half);
  const begin = index + shared.length + between.length;
  const spans = [{ from: begin, to, text: clock(next, oClock) + lastStop(text, found, to) }];
  const others = shared === '' ? [] : Array.from(shared.matchAll(TIMES));
  // 'Pier 3, 5 p.m.' is no list
  const isList =
    (others.length > 1 || !/^,\s*$/.test(between)) && others.every(({ 0: one }) => minutesOf(one) !== undefined);
  if (!isList || COUNTED.test(text.slice(0, index))) return spans;
  for (const { 0: one, index: at } of others.reverse()) {
    const early = minutesOf(one)! + 720 * Math.floor((next - 1 - minutesOf(one)!) / 720);
    next = (early + 1440) % 1440;
    spans.unshift({ from: index + at, to: index + at + one.length, text: clock(next, oClock) });
  }
  return spans;
}

/** 1 to 12, of digits or a word. */
const numberOf = (hour = '') =>
  /^\d/.test(hour) ? Number.parseInt(hour, 10) : NUMBERS.indexOf(hour.toLowerCase()) + 1;

/** Minutes since midnight or noon; undefined if there is no such hour. */
function minutesOf(time: string): number | undefined {
  const hour = numberOf(time.replace(/ .*/, ''));
  return hour >= 1 && hour <= 12 ? 60 * (hour % 12) + Number(/[:.](\d\d)/.exec(time)?.[1] ?? 0) : undefined;
}

const atHalf = (minutes: number, half: string) => minutes + (half.toLowerCase() === 'p' ? 720 : 0);

/** '15:30', or "9 o'clock" where the hour alone says which half of the day it is. */
function clock(minutes: number, oClock: string): string {
  const hour = Math.floor(minutes / 60);
  return minutes % 60 === 0 && hour > 0 && hour <= 12 ? `${hour} ${oClock}` : `${hour}:${padded(minutes % 60)}`;
}

/** '8:30': the hour as it was said, from 1 to 12. */
const spoken = (minutes: number) => `${Math.floor(minutes / 60) % 12 || 12}:${padded(minutes % 60)}`;

const padded = (minutes: number) => String(minutes).padStart(2, '0');

/** The full stop of 'p.m.' if it also ends a sentence, or a text that has more than the hours; a comma in 'At 5 p.m. Ann left'. */
function lastStop(text: string, found: string, end: number): string {
  if (!found.endsWith('.')) return '';
  const rest = text.slice(end);
  if (/^["'”’)\]]*\s*$/u.test(rest)) return /\p{L}{2}/u.test(text.replace(HALF_DAY, '')) ? '.' : '';
  if (!/^["'”’)\]]*\s+["'“‘(]*\p{Lu}/u.test(rest) || NOT_A_START.test(rest)) return '';
  ONLY_WHEN.lastIndex = end - found.length;
  return ONLY_WHEN.test(text) ? ',' : '.';
}
/** The place of an hour that begins a sentence; looks back from there only, whatever the text's length. */
const ONLY_WHEN = /(?<=(?:^|[.!?]\s+)(?:at|by|from|until|till|around|about|before|after|since)\s+)/iy;
const NOT_A_START =
  /^\s+(?:[MTWFS]\p{Ll}+day|Mon|Tue|Wed|Thu|Fri|Sat|Sun|January|February|March|April|May|June|July|August|September|October|November|December|[A-Z]{2,4}|\p{Lu}\p{Ll}+ [Tt]ime|Eastern|Central|Mountain|Pacific|Greenwich)(?!\p{L})/u;
