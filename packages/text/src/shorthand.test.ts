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
])('%s', (text, expected) => expect(inWords(text, 'en')).toBe(expected));

it.each(['No. He left.', 'I said no. 12 of them', 'He was born in 5 in. Berlin', 'CasiNo. 5'])('%s', (text) =>
  expect(inWords(text, 'en-GB')).toBe(text),
);

it('is that of the language', () => {
  for (const language of ['de', undefined]) expect(inWords('No. 5', language)).toBe('No. 5');
});
