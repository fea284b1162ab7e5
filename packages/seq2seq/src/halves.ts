const HOUR = String.raw`(?:[01]?\d|2[0-4])`;
/** Hours of a German text: '9 bis 11 Uhr', '9:30'. */
const GERMAN_HOUR = new RegExp(
  String.raw`(?<![\d.,:])(?<hour>${HOUR})(?:(?:[:.][0-5]\d)?(?![\d:]|[.,]\d)(?=(?:\s?(?:[-–—/,]|bis|und|oder)\s?${HOUR}(?:[:.][0-5]\d)?){0,3}\s?(?:Uhr|h)(?!\p{L}))|:[0-5]\d(?![\d:]))`,
  'gu',
);
/** Where hours in words, or of the evening, are not known well enough. */
const IN_WORDS = /(?<!\p{L})(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf) Uhr(?!\p{L})/iu;
const LATE = /(?<!vor)mittag|abend|nacht/iu;
/** Where hours below 12 are of the morning. */
const COUNTS_TO_24 =
  /(?<![\d.,:])(?:0\d(?:[:.][0-5]\d)? Uhr|\d{1,2}(?::00(?![\d:.])|[.]00 Uhr))|(?<!\p{L})(?:morgens|vormittag)/iu;
const MARKED =
  /(?<![\d:.,])(?<hour>\d{1,2})(?<minutes>[:.][0-5]\d)?(?<space>\s?)(?<half>[ap])(?<m>\.?\s?m(?!\p{L})\.?)/giu;
/** '5:00' and "5 o'clock" without a mark, and not before another hour that has one. */
const UNMARKED =
  /(?<![\d:.,])(?<hour>\d{1,2})(?:(?<minutes>:[0-5]\d)|\s?o['’]clock)(?!\s?[ap]\.?\s?m(?!\p{L})|[\p{L}\d:]|[.,]\d|\s?(?:[-–—,/]|to|and|or|until|till)\s?\d{1,2}(?::\d\d)?\s?[ap]\.?\s?m)\.?/giu;

/**
 * An English translation of a German text with hours of the right half of the day: '15 Uhr' is not '3 a.m.' or '15:00 p.m.',
 * and '10 Uhr', which leaves it open, not '10 p.m.'. Hours of which the text has both halves stay.
 */
export function withRightHalves(source: string, translation: string, from?: string, to?: string): string {
  if (!from?.startsWith('de') || !to?.startsWith('en') || IN_WORDS.test(source)) return translation;
  const hours = new Set(Array.from(source.matchAll(GERMAN_HOUR), ({ groups }) => Number(groups!.hour)));
  if (hours.size === 0) return translation;
  const late = LATE.test(source);
  const isSure = COUNTS_TO_24.test(source) || [...hours].some((hour) => hour > 12);
  const marked = translation.replace(MARKED, (found: string, ...rest) => {
    const { hour, minutes = '', space, half, m } = groupsOf(rest);
    const isEnd = found.endsWith('.') && rest.at(-3) + found.length === translation.length && source.endsWith('.');
    const unmarked =
      (minutes === '' && Number(hour) < 13 ? `${hour} o'clock` : `${hour}${minutes}`) + (isEnd ? '.' : '');
    if (Number(hour) > 12) return hours.has(Number(hour)) ? unmarked : found;
    const right = halfOf(Number(hour), hours);
    if (right === undefined || right === half!.toLowerCase()) return found;
    if (late && (right === 'a' || hour === '12')) return found;
    if (right === 'a' && hour !== '12' && !isSure) return unmarked;
    return `${hour}${minutes}${space}${half === half!.toUpperCase() ? right.toUpperCase() : right}${m}`;
  });
  if (/evening|afternoon|night|noon/i.test(marked)) return marked;
  return marked.replace(UNMARKED, (found: string, ...rest) => {
    const { hour, minutes = '' } = groupsOf(rest);
    return hour !== '12' && halfOf(Number(hour), hours) === 'p' ? `${hour}${minutes} p.m.` : found;
  });
}

/** The named groups, of what a replacer is given. */
const groupsOf = (rest: readonly unknown[]) => rest.at(-1) as Readonly<Record<string, string | undefined>>;

/** In which half of the day an hour of twelve is, if hours of 24 say so. */
function halfOf(hour: number, hours: ReadonlySet<number>): 'a' | 'p' | undefined {
  const first = hour === 12 ? hours.has(0) || hours.has(24) : hours.has(hour);
  const second = hours.has(hour === 12 ? 12 : hour + 12);
  return first === second ? undefined : first ? 'a' : 'p';
}
