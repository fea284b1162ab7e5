import { expect, it } from 'vitest';
import { placeBefore, rewritesOf } from './rewrites.ts';
import { withSpans } from './spans.ts';

it('finds where words of a rewritten sentence were', () => {
  const text = 'We meet at half past five, or at a quarter to six.';
  const rewrites = rewritesOf(text, { from: 'en', to: 'de' });
  const written = withSpans(text, rewrites);
  expect(written).toBe('We meet at 5:30, or at 5:45.');
  const found = Array.from(written.matchAll(/[\w:]+|,/g), ({ 0: word, index }) => {
    const { from, to } = placeBefore({ from: index, to: index + word.length }, rewrites);
    return text.slice(from, to);
  });
  expect(found).toEqual(['We', 'meet', 'at', 'half past five', ',', 'or', 'at', 'a quarter to six']);
});

it('a part of a rewritten hour is all of it', () => {
  const rewrites = rewritesOf('um halb neun', { from: 'de', to: 'en' });
  expect(withSpans('um halb neun', rewrites)).toBe('um 8:30 Uhr');
  expect(placeBefore({ from: 3, to: 4 }, rewrites)).toEqual({ from: 3, to: 12 });
  expect(placeBefore({ from: 7, to: 11 }, rewrites)).toEqual({ from: 3, to: 12 });
  expect(placeBefore({ from: 0, to: 2 }, rewrites)).toEqual({ from: 0, to: 2 });
  expect(rewritesOf('um halb neun', {})).toEqual([]);
});
