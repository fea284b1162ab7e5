import { expect, it } from 'vitest';
import { hourSpans } from './hour-spans.ts';

it.each([
  [
    'von 14 Uhr auf 16 Uhr',
    'de',
    'en',
    [
      ['14 Uhr', '14:00'],
      ['16 Uhr', '16:00'],
    ],
  ],
  [
    'von 8 bis 12 Uhr und ab 14.30 Uhr',
    'de',
    'en',
    [
      ['8 bis 12 Uhr', '8:00 to 12:00'],
      ['14.30 Uhr', '14:30'],
    ],
  ],
  ['um 24 Uhr, nicht 25 Uhr', 'de', 'en', [['24 Uhr', '24:00']]],
  ['8 Uhr 30 und 7 Uhren', 'de', 'en', []],
  ["from 9 to 17 o'clock", 'en', 'de', [["9 to 17 o'clock", '9 bis 17 Uhr']]],
  ['at 7 O’clock', 'en', 'de', [['7 O’clock', '7 Uhr']]],
  ["at 7 o'clock", 'en', 'fr', []],
  ['um 7 Uhr', 'de', undefined, []],
] as const)('%s from %s to %s', (text, from, to, expected) => {
  expect(hourSpans(text, from, to).map((span) => [text.slice(span.from, span.to), span.text])).toEqual(expected);
});
