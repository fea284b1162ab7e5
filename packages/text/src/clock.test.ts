import { expect, it } from 'vitest';
import { clockSpans } from './clock.ts';

const inGerman = (text: string, to = 'de') =>
  clockSpans(text, 'en', to).reduceRight(
    (rest, { from, to, text }) => rest.slice(0, from) + text + rest.slice(to),
    text,
  );

it.each([
  ['At 3:30 p.m. on Friday', 'At 15:30 on Friday'],
  ['at 5 p.m.', 'at 17:00.'],
  ['It opens at 8am and closes at 6.30PM!', "It opens at 8 o'clock and closes at 18:30!"],
  ['12 a.m., 12 p.m. and 12:15 a.m. are times.', "0:00, 12 o'clock and 0:15 are times."],
  ['from 3 to 5 p.m. today', 'from 15:00 to 17:00 today'],
  ['9–5 pm, 11-12 pm, 11 to 1 p.m. and more', "9 o'clock–17:00, 11 o'clock-12 o'clock, 11 o'clock to 13:00 and more"],
  ['the 10 A. M. train', "the 10 o'clock train"],
])('%s', (text, expected) => expect(inGerman(text)).toBe(expected));

it.each(['I am 13 p.m.', 'It is 5 minutes', '2 ambulances', '1.75 pm', 'at 0:15 a.m.', '$3 pm', '5 p'])(
  '%s stays',
  (text) => expect(inGerman(text)).toBe(text),
);

it('is only for English, and for languages that count the hours to 24', () => {
  expect(inGerman('5 p.m. now', 'fr-FR')).toBe('17:00 now');
  for (const to of ['en-US', 'not a language']) expect(inGerman('5 p.m. now', to)).toBe('5 p.m. now');
  expect(clockSpans('5 p.m.', 'de', 'fr')).toEqual([]);
  expect(clockSpans('5 p.m.', undefined, 'de')).toEqual([]);
});
