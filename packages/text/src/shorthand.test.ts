import { expect, it } from 'vitest';
import { shorthandSpans } from './shorthand.ts';

const inWords = (text: string, language?: string) =>
  shorthandSpans(text, language).reduceRight(
    (rest, { from, to, text }) => rest.slice(0, from) + text + rest.slice(to),
    text,
  );

it.each([
  ['We live at No. 5.', 'We live at number 5.'],
  ['We live at No.\u00a05.', 'We live at number 5.'],
  ['No. 12 is free, No. 3 is not, Nos. 4 and 5 are', 'Number 12 is free, number 3 is not, numbers 4 and 5 are'],
  ['He was born on Jan. 5, 1990, she on Feb 12th.', 'He was born on January 5, 1990, she on February 12th.'],
  ['In Sept. 2020, not Sep. 3', 'In September 2020, not September 3'],
  [
    'Cook 10 min. at 180 degrees, wait 1 min. or 30 secs.',
    'Cook 10 minutes at 180 degrees, wait 1 minute or 30 seconds.',
  ],
  ['It took 2 hrs. (11 min.) and 5 lbs., 3 oz. of flour', 'It took 2 hours (11 minutes) and 5 pounds, 3 oz of flour'],
])('%s', (text, expected) => expect(inWords(text, 'en')).toBe(expected));

it.each([
  'No. He left.',
  'I said no. 12 of them',
  'He was born in 5 in. Berlin',
  'CasiNo. 5',
  'Jan 5:30, Dec 1998, Mar 3rds',
  'a min. of 5, No3 min. x, 5 min',
])('%s', (text) => expect(inWords(text, 'en-GB')).toBe(text));

it.each([
  ['Ich bin in 5 Min. da.', 'Ich bin in 5 Minuten da.'],
  ['Noch 1 Min. und 30 Sek.', 'Noch 1 Minute und 30 Sekunden.'],
  ['2,5 Std. gewartet (21 Min.)', '2,5 Stunden gewartet (21 Minuten)'],
  ['mind. 5, Min. 3, 5 Mind. da', 'mind. 5, Min. 3, 5 Mind. da'],
])('%s', (text, expected) => expect(inWords(text, 'de')).toBe(expected));

it('is that of the language', () => {
  for (const language of ['de', undefined]) expect(inWords('No. 5', language)).toBe('No. 5');
});
