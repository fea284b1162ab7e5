/** Hours with 'a.m.' or 'p.m.', and an hour before them that shares the mark: '3 to 5 p.m.'. */
const HALF_DAY =
  /(?<![\d.,:$£€])(?:(?<first>\d{1,2})(?:[:.](?<firstMinutes>[0-5]\d))?(?<between>\s*(?:[-–—]|to|till|until|and|or)\s*))?(?<hour>\d{1,2})(?:[:.](?<minutes>[0-5]\d))?\s?(?<half>[ap])(?:\.\s?m\.?|m(?!\p{L}))/giu;

/**
 * Hours of an English text as languages of 24 hours write them: '3:30 p.m.' becomes '15:30', and '7 a.m.' "7 o'clock".
 * Each span has its text. Empty for other languages, and for those that count to 12 themselves.
 */
export function clockSpans(text: string, from: string | undefined, to: string | undefined) {
  if (from?.toLowerCase().split('-')[0] !== 'en' || to === undefined || !countsTo24(to)) return [];
  return Array.from(text.matchAll(HALF_DAY), ({ 0: found, index, groups = {} }) => {
    const { first, firstMinutes, between = '', hour = '', minutes, half = '' } = groups;
    const later = half.toLowerCase() === 'p' ? 12 : 0;
    if (!isHour(hour) || (first !== undefined && !isHour(first))) return undefined;
    const start = first !== undefined && Number(first) % 12 < Number(hour) % 12 ? later : 0;
    const begin = first === undefined ? '' : `${clock((Number(first) % 12) + start, firstMinutes)}${between}`;
    const dot = found.endsWith('.') && index + found.length === text.trimEnd().length ? '.' : '';
    return { from: index, to: index + found.length, text: begin + clock((Number(hour) % 12) + later, minutes) + dot };
  }).filter((span) => span !== undefined);
}

const isHour = (digits: string) => Number(digits) >= 1 && Number(digits) <= 12;

const clock = (hour: number, minutes = '00') =>
  minutes === '00' && hour > 0 && hour <= 12 ? `${hour} o'clock` : `${hour}:${minutes}`;

function countsTo24(language: string): boolean {
  try {
    return new Intl.DateTimeFormat(language, { hour: 'numeric' }).resolvedOptions().hourCycle === 'h23';
  } catch {
    return false; // not a language
  }
}
