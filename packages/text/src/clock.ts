import { englishSpans } from './clock-english.ts';
import { germanSpans } from './clock-german.ts';
import type { Rewritten } from './rewritten.ts';

/**
 * Hours as other languages understand them. Of an English text, for languages of 24 hours: '3:30 p.m.' becomes '15:30', '7 a.m.'
 * "7 o'clock", and 'half past 5' '5:30'; of a German one, 'halb neun' becomes '8:30 Uhr'.
 */
export function clockSpans(given: string, from: string | undefined, to: string | undefined): Rewritten[] {
  const text = given.replace(/[\u00a0\u202f]/g, ' '); // no-break spaces
  const source = from?.toLowerCase().split('-')[0];
  if (source === 'de' && to !== undefined) return germanSpans(text);
  return source === 'en' && to !== undefined && countsTo24(to) ? englishSpans(text) : [];
}

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
