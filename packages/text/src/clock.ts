const TIME = String.raw`\d{1,2}(?:[:.][0-5]\d)?`;
/** Hours with 'a.m.' or 'p.m.', and an hour before them that shares the mark: '3 to 5 p.m.'. */
const HALF_DAY = new RegExp(
  String.raw`(?<![\d.,:$£€])(?:(?<first>${TIME})(?<between>\s*(?:[-–—]|to|till|until|and|or)\s*))?(?<time>${TIME})\s?(?<half>[ap])(?:\.\s?m\b\.?|m\b)`,
  'giu',
);
/** Minutes and hours in words, as they are spoken. */
const HOURS = {
  en: 'one two three four five six seven eight nine ten eleven twelve'.split(' '),
  de: 'eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf'.split(' '),
};
const hour = (language: keyof typeof HOURS) =>
  String.raw`(?<hour>${HOURS[language].join('|')}|\d{1,2})(?![\p{L}\d:]|[.,]\d)`;
/** 'half past 5', 'a quarter to six', 'at ten to six': other languages count some of these from the other hour. */
const PARTS = new RegExp(
  String.raw`(?<!\p{L})(?:(?<part>half|(?:a )?quarter)|(?<=(?:at|is|it's|it’s|until|till|by|before|after|around|about) )(?<minutes>five|ten|twenty|twenty-five)) (?<way>past|to) ${hour('en')}`,
  'giu',
);
/** 'halb neun' */
const HALB = new RegExp(String.raw`(?<!\p{L})halb ${hour('de')}(?: uhr(?!\p{L}))?`, 'giu');
/** Words after which a number is no hour: 'Room 2 - 3 p.m.', 'May 3 – 5 p.m.'. */
const COUNTED = new RegExp(
  `(?<!\\p{L})(?:${[
    'day|week|step|stage|phase|part|chapter|section|page|unit|lesson|level|grade|class|room|suite|apartment|floor|hall|door',
    'gate|exit|platform|track|line|bus|route|lane|no|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?',
    'aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?',
  ].join('|')})\\.? $`,
  'iu',
);

/** An hour as it is written otherwise, from `from` to `to`. */
export type ClockSpan = { readonly from: number; readonly to: number; readonly text: string };

/**
 * Hours as other languages understand them. Of an English text, for languages of 24 hours: '3:30 p.m.' becomes '15:30', '7 a.m.'
 * "7 o'clock", and 'half past 5' '5:30'; of a German one, 'halb neun' becomes '8:30 Uhr'.
 */
export function clockSpans(text: string, from: string | undefined, to: string | undefined): ClockSpan[] {
  const source = from?.toLowerCase().split('-')[0];
  if (source === 'de' && to !== undefined) return germanSpans(text);
  return source === 'en' && to !== undefined && countsTo24(to) ? englishSpans(text) : [];
}

function englishSpans(text: string): ClockSpan[] {
  const clock = clockOf(/\p{Ll}/u.test(text) ? "o'clock" : "O'CLOCK");
  const halves = Array.from(text.matchAll(HALF_DAY), ({ 0: found, index, groups = {} }) => {
    const { first, between = '', time = '', half = '' } = groups;
    const later = half.toLowerCase() === 'p' ? 12 : 0;
    if (!isHour(time) || (first !== undefined && !isHour(first))) return undefined;
    const end = index + found.length;
    const own = clock(time, later) + (found.endsWith('.') && endsText(text, end) ? '.' : '');
    if (first === undefined) return { from: index, to: end, text: own };
    if (COUNTED.test(text.slice(0, index))) return { from: index + first.length + between.length, to: end, text: own };
    const begin = clock(first, hourOf(first) % 12 < hourOf(time) % 12 ? later : 0);
    return { from: index, to: end, text: begin + between + own };
  });
  const parts = Array.from(text.matchAll(PARTS), ({ 0: found, index, groups = {} }) => {
    const { part = '', minutes, way = '' } = groups;
    const before = way.toLowerCase() === 'to';
    const past = minutes ? (MINUTES[minutes.toLowerCase()] as number) : /half/i.test(part) ? 30 : 15;
    if (past === 30 && before) return undefined;
    const time = spoken(groups.hour, 'en', before ? -past : past);
    return time === undefined ? undefined : { from: index, to: index + found.length, text: time };
  });
  const spans = [...halves, ...parts].filter((span) => span !== undefined);
  return spans
    .filter((one) => !spans.some((other) => other !== one && other.from < one.from && one.from < other.to))
    .sort((a, b) => a.from - b.from);
}

function germanSpans(text: string): ClockSpan[] {
  return Array.from(text.matchAll(HALB), ({ 0: found, index, groups = {} }) => {
    const time = spoken(groups.hour, 'de', -30);
    return time === undefined ? undefined : { from: index, to: index + found.length, text: `${time} Uhr` };
  }).filter((span) => span !== undefined);
}

const MINUTES: Readonly<Record<string, number>> = { five: 5, ten: 10, twenty: 20, 'twenty-five': 25 };

/** So many minutes after an hour, or before it; undefined if there is no such hour. */
function spoken(hour = '', language: keyof typeof HOURS, minutes: number): string | undefined {
  const number = /\d/.test(hour) ? Number(hour) : HOURS[language].indexOf(hour.toLowerCase()) + 1;
  if (number < 1 || number > 12) return undefined;
  const full = minutes < 0 ? number - 1 || 12 : number;
  return `${full}:${String((minutes + 60) % 60).padStart(2, '0')}`;
}

const hourOf = (time: string) => Number(/^\d+/.exec(time)?.[0]);
const isHour = (time: string) => hourOf(time) >= 1 && hourOf(time) <= 12;

function clockOf(oClock: string) {
  return (time: string, later: number): string => {
    const hour = (hourOf(time) % 12) + later;
    const minutes = /[:.](\d\d)/.exec(time)?.[1] ?? '00';
    return minutes === '00' && hour > 0 && hour <= 12 ? `${hour} ${oClock}` : `${hour}:${minutes}`;
  };
}

/** Whether a full stop there ends a sentence, or a text that has more than the hours. */
function endsText(text: string, end: number): boolean {
  if (/^["'”’)\]]*\s*$/u.test(text.slice(end))) return /\p{L}{2}/u.test(text.replace(HALF_DAY, ''));
  return /^["'”’)\]]*\s+["'“‘(]*\p{Lu}/u.test(text.slice(end)) && !NOT_A_START.test(text.slice(end));
}
const NOT_A_START =
  /^\s+(?:[MTWFS]\p{Ll}+day|Mon|Tue|Wed|Thu|Fri|Sat|Sun|January|February|March|April|May|June|July|August|September|October|November|December|[A-Z]{2,4}|Eastern|Central|Mountain|Pacific|Greenwich)(?!\p{L})/u;

const known = new Map<string, boolean>();
function countsTo24(language: string): boolean {
  const found = known.get(language) ?? hourCycleOf(language) === 'h23';
  known.set(language, found);
  return found;
}

function hourCycleOf(language: string): string | undefined {
  try {
    return new Intl.DateTimeFormat(language, { hour: 'numeric' }).resolvedOptions().hourCycle;
  } catch {
    return undefined; // not a language
  }
}
