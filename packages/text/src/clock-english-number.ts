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
/** An hour in letters. */
export const WORD = `(?:${NUMBERS.join('|')})`;
const DIGITS = String.raw`\d{1,2}(?:[:.][0-5]\d)?`;
/** An hour in digits or letters. Not 'forty-five', 'oh five', 'the one'. */
export const TIME = String.raw`(?:${DIGITS}|(?<!\p{L}|(?:ty|\boh)[- ]|\b(?:the|no|any) )${WORD})(?: o['’]clock)?`;
/** What may come after an hour of 'ten to six': with a noun it counts, 'ten to six people'. */
export const NO_NOUN = String.raw`(?=\s*(?:$|(?!-)[\p{P}\n]|(?:${'on in at when and or but as if this today tonight tomorrow yesterday every because so now already each sharp exactly daily to until till by from we I he she they you it the o'.split(' ').join('|')})(?!\p{L})|[ap]\.?\s?m\b))`;

/** 1 to 12, of digits or a word. */
export const numberOf = (hour = ''): number =>
  /^\d/.test(hour) ? Number.parseInt(hour, 10) : NUMBERS.indexOf(hour.toLowerCase()) + 1;

/** Minutes since midnight or noon; undefined if there is no such hour. */
export function minutesOf(time: string): number | undefined {
  const hour = numberOf(time.replace(/ .*/, ''));
  return hour >= 1 && hour <= 12 ? 60 * (hour % 12) + Number(/[:.](\d\d)/.exec(time)?.[1] ?? 0) : undefined;
}

/** Minutes since midnight, of those since the start of a half of the day: 'a' or 'p'. */
export const atHalf = (minutes: number, half: string): number => minutes + (half.toLowerCase() === 'p' ? 720 : 0);
