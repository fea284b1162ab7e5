import type { ProtectedSpan } from './protected.ts';

const HOUR = String.raw`(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?`;
const NOT_WITHIN = String.raw`(?<![\p{L}\d.,:/])`;
const GERMAN = new RegExp(`${NOT_WITHIN}(?:(?<first>${HOUR}) bis )?(?<hour>${HOUR}) Uhr(?!\\p{L}| \\d)`, 'gu');
const ENGLISH = new RegExp(`${NOT_WITHIN}(?:(?<first>${HOUR}) to )?(?<hour>${HOUR}) o['’]clock(?!\\p{L})`, 'giu');

/** '14' as '14:00', '9.30' as '9:30'. */
const full = (hour: string) => (/\D/.test(hour) ? hour.replace('.', ':') : `${hour}:00`);

const WAYS = [
  { source: 'de', target: 'en', pattern: GERMAN, range: (first: string) => `${full(first)} to `, write: full },
  {
    source: 'en',
    target: 'de',
    pattern: ENGLISH,
    range: (first: string) => `${first} bis `,
    write: (hour: string) => `${hour} Uhr`,
  },
];

/**
 * Hours of a 24-hour clock with their words, and ranges of them, as numbers in the other language: '14 Uhr' is '14:00', and
 * "9 to 17 o'clock" is '9 bis 17 Uhr'. Only between German and English.
 */
export function hourSpans(text: string, from?: string, to?: string): (ProtectedSpan & { readonly text: string })[] {
  const way = WAYS.find(({ source, target }) => from?.startsWith(source) && to?.startsWith(target));
  if (!way) return [];
  return Array.from(text.matchAll(way.pattern), ({ 0: found, index, groups }) => {
    const { first, hour = '' } = groups as { first?: string; hour?: string };
    const written = (first === undefined ? '' : way.range(first)) + way.write(hour);
    return { from: index, to: index + found.length, as: 'number', text: written };
  });
}
