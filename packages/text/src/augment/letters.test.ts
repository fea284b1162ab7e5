import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../random.ts';
import { endsSentence, toCapitals, toSmallLetters, withoutFinalMark, withTypingError } from './letters.ts';

const pair = { source: 'Grüße aus Köln!', target: 'Greetings from Cologne!' };
const seeds = Array.from({ length: 200 }, (_, seed) => seed);

it('capitals change both sides', () => {
  expect(toCapitals(pair)).toEqual({ source: 'GRÜSSE AUS KÖLN!', target: 'GREETINGS FROM COLOGNE!' });
});

it('lower case changes the source: all of it, or the first letter', () => {
  const found = new Set(seeds.map((seed) => JSON.stringify(toSmallLetters(pair, randomStream(seed)))));
  expect([...found].sort()).toEqual(
    [
      { source: 'grüße aus Köln!', target: pair.target },
      { source: 'grüße aus köln!', target: pair.target },
    ].map((pair) => JSON.stringify(pair)),
  );
});

it.each([
  ['Ja!', 'Yes.', 'Ja', 'Yes'],
  ['Wie bitte ?!', 'Pardon?', 'Wie bitte', 'Pardon'],
  ['Ja', 'Yes.', 'Ja', 'Yes.'],
  ['!', '!', '!', '!'],
  ['„Ja.“', '"Yes."', '„Ja.“', '"Yes."'],
])('without their final marks %s | %s are %s | %s', (source, target, cutSource, cutTarget) => {
  expect(withoutFinalMark({ source, target })).toEqual({ source: cutSource, target: cutTarget });
});

it('knows the end of a sentence', () => {
  for (const text of ['Ja.', 'Ja!', '„Ja.“', '(Ja?)', 'Ja…']) expect(endsSentence(text)).toBe(true);
  for (const text of ['Ja', '', 'Ja:', 'a.b']) expect(endsSentence(text)).toBe(false);
});

describe('a typing error', () => {
  it('is only in the source, and small', () => {
    const found = seeds.map((seed) => withTypingError(pair, randomStream(seed)));
    for (const { source, target } of found) {
      expect(target).toBe(pair.target);
      expect(Math.abs(source.length - pair.source.length)).toBeLessThan(4);
    }
    expect(new Set(found.map(({ source }) => source)).size).toBeGreaterThan(10);
    expect(found).toContainEqual({ source: 'Gruesse aus Koeln!', target: pair.target });
  });

  it('never splits a character, and needs a word', () => {
    expect(withTypingError({ source: 'Na so 🙂', target: '' }, randomStream(3)).source).toBe('Na so 🙂');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (source, seed) => {
        expect(withTypingError({ source, target: '' }, randomStream(seed)).source).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
