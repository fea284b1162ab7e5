import { randomInteger } from '../random.ts';
import type { TextPair } from '../text-pair.ts';
import { applyEdits, type Edit } from './words.ts';

/** How the numbers of two languages are written. */
export type NumberStyle = {
  /** The languages swap comma and point: 1.234,5 in one is 1,234.5 in the other. */
  readonly swapsMarks: boolean;
  /** The target writes 1st, 2nd, 3rd. */
  readonly suffixes: boolean;
};

/** The style of two languages by their tags ('de', 'en'). */
export function numberStyle(source: string, target: string): NumberStyle {
  const mark = (language: string) =>
    new Intl.NumberFormat(language).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value;
  return { swapsMarks: mark(source) !== mark(target), suffixes: /^en\b/i.test(target) };
}

type Found = { readonly text: string; readonly start: number; readonly suffix: string };

// not part of a word, a code (UTF-8), a path or a longer number
const NUMBER =
  /(?<![\p{L}\p{N}_]|[\p{L}\p{N}_][-./:,]|[/#@$&=+%])\d+(?:[.,:/]\d+)*(?=(st|nd|rd|th)?(?![\p{L}\p{N}_]|[-./:]\p{N}))/gu;

/**
 * Changes the digits of numbers that occur equally often on both sides, written alike (14:35, 2.0.1) or each in its
 * language's way (19,99 and 19.99): hours stay hours, days of a month days, years years. 0 and 1 stay, because words around
 * them agree with them.
 */
export function swapNumbers(pair: TextPair, style: NumberStyle, random: () => number): TextPair {
  const sources = numbersIn(pair.source);
  if (sources.length === 0) return pair;
  const targets = numbersIn(pair.target);
  const edits = { source: [] as Edit[], target: [] as Edit[] };
  for (const text of new Set(sources.map((found) => found.text))) {
    if (/^[01]$/.test(text)) continue;
    const here = sources.filter((found) => found.text === text);
    const own = style.swapsMarks ? swapMarks(text) : text;
    const written = [own, text].find((form) => targets.filter((found) => found.text === form).length === here.length);
    if (written === undefined) continue;
    const there = targets.filter((found) => found.text === written);
    const isDay =
      [...here, ...there].some(({ suffix }) => suffix !== '') || here.some((found) => beforeDay(pair.source, found));
    const changed = changeDigits(text, isDay, random);
    for (const { start, suffix } of here) {
      const end = start + text.length + suffix.length;
      edits.source.push({ start, end, text: suffix === '' ? changed : changed + suffixOf(changed) });
    }
    for (const { start, suffix } of there) {
      const end = start + written.length + suffix.length;
      const number = written === text ? changed : swapMarks(changed);
      edits.target.push({ start, end, text: suffix === '' ? number : number + suffixOf(number) });
    }
  }
  if (edits.source.length === 0) return pair;
  return { source: applyEdits(pair.source, edits.source), target: applyEdits(pair.target, edits.target) };
}

function numbersIn(text: string): Found[] {
  return [...text.matchAll(NUMBER)].map((match) => ({ text: match[0], start: match.index, suffix: match[1] ?? '' }));
}

/** "3. Oktober": a point and a word that begins with a capital follow. */
const beforeDay = (source: string, { text, start }: Found) => /^\. ?\p{Lu}/u.test(source.slice(start + text.length));

const swapMarks = (text: string) => text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));

function changeDigits(text: string, isDay: boolean, random: () => number): string {
  const time = /^(\d{1,2}):(\d\d)$/.exec(text);
  if (time) {
    const hour = time[1]?.length === 1 ? randomInteger(random, 1, 9) : randomInteger(random, 10, 23);
    return `${hour}:${String(randomInteger(random, 0, 59)).padStart(2, '0')}`;
  }
  const groups = text.match(/\d+/g) as string[];
  if (groups.length === 1) return changeWhole(text, isDay, random);
  // a date or a version: every part stays within a month's days or a year's months if it was
  if (groups.length > 2 && !/^\d{1,3}([.,]\d{3})+/.test(text)) {
    return text.replace(/\d+/g, (digits) => {
      const most = Number(digits) <= 12 ? 12 : Number(digits) <= 31 ? 28 : 10 ** digits.length - 1;
      const least = digits.length > 1 && !digits.startsWith('0') ? 10 ** (digits.length - 1) : 1;
      return String(randomInteger(random, Math.min(least, most), most)).padStart(digits.length, '0');
    });
  }
  let first = true;
  return text.replace(/\d/g, (digit) => {
    const least = first && digit !== '0' ? 1 : 0;
    first = false;
    return String(randomInteger(random, least, 9));
  });
}

function changeWhole(text: string, isDay: boolean, random: () => number): string {
  const value = Number(text);
  if (text.startsWith('0') || text.length > 9) return text.replace(/\d/g, () => String(randomInteger(random, 0, 9)));
  if (isDay && value <= 31) return String(randomInteger(random, 1, 28));
  if (text.length === 1) return String(randomInteger(random, 2, 9));
  if (text.length === 2) return String(randomInteger(random, 10, value <= 31 ? 31 : 99));
  if (text.length === 4 && value >= 1000 && value < 2100) return String(randomInteger(random, 1800, 2039));
  return String(randomInteger(random, 10 ** (text.length - 1), 10 ** text.length - 1));
}

function suffixOf(number: string): string {
  if (/1[1-3]$/.test(number)) return 'th';
  return { '1': 'st', '2': 'nd', '3': 'rd' }[number.slice(-1)] ?? 'th';
}
