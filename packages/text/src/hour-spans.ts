import type { ProtectedSpan } from './protected.ts';

const HOUR = String.raw`(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?`;
const NOT_WITHIN = String.raw`(?<![\p{L}\d.,:/])`;
const GERMAN = new RegExp(`${NOT_WITHIN}(?:(?<first>${HOUR}) bis )?(?<hour>${HOUR}) Uhr(?!\\p{L}| \\d)`, 'gu');
const ENGLISH = new RegExp(`${NOT_WITHIN}(?:(?<first>${HOUR}) to )?(?<hour>${HOUR}) o['’]clock(?!\\p{L})`, 'giu');

/** '14' as '14:00', '9.30' as '9:30'. */
const full = (hour: string) => (/\D/.test(hour) ? hour.replace('.', ':') : `${hour}:00`);

/**
 * Hours of a 24-hour clock with their words, and ranges of them, as numbers in the other language: '14 Uhr' is '14:00', and
 * "9 to 17 o'clock" is '9 bis 17 Uhr'. Only between German and English.
 */
export function hourSpans(text: string, from?: string, to?: string): (ProtectedSpan & { readonly text: string })[] {
  const isInto = (source: string, target: string) => from?.startsWith(source) && to?.startsWith(target);
  const [pattern, write, between] = isInto('de', 'en')
    ? ([GERMAN, full, 'to'] as const)
    : ([ENGLISH, (hour: string) => `${hour} Uhr`, 'bis'] as const);
  if (pattern === ENGLISH && !isInto('en', 'de')) return [];
  return Array.from(text.matchAll(pattern), ({ 0: found, index, groups }) => {
    const { first, hour = '' } = groups as { first?: string; hour?: string };
    const range = first === undefined ? '' : `${pattern === ENGLISH ? first : full(first)} ${between} `;
    return { from: index, to: index + found.length, as: 'number', text: range + write(hour) };
  });
}
