import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutText } from './cut-text.ts';

const upTo = (length: number) => (text: string) => text.length <= length;
const parts = (text: string, length: number) =>
  cutText(text, upTo(length), 'de').map(({ text, after }) => text + after);

it('cuts at clauses first, into parts of similar length', () => {
  expect(parts('Ich gehe; du bleibst hier, sagt er.', 20)).toEqual(['Ich gehe; ', 'du bleibst hier, ', 'sagt er.']);
  expect(parts('Er kam, sah und siegte, weil er stark war.', 25)).toEqual([
    'Er kam, sah und siegte, ',
    'weil er stark war.',
  ]);
});

it('then before conjunctions, then between words, then inside them', () => {
  expect(parts('Er lachte laut und wir weinten leise', 22)).toEqual(['Er lachte laut ', 'und wir weinten leise']);
  expect(parts('eins zwei drei vier', 10)).toEqual(['eins zwei ', 'drei vier']);
  expect(parts('abcdefgh', 4)).toEqual(['abcd', 'efgh']);
});

it('never inside a grapheme, even if that is too long', () => {
  expect(parts('👨‍👩‍👧👨‍👩‍👧', 8)).toEqual(['👨‍👩‍👧', '👨‍👩‍👧']);
  expect(parts('👨‍👩‍👧', 3)).toEqual(['👨‍👩‍👧']);
  expect(parts(`a${'\u0301'.repeat(9)}`, 3)).toEqual([`a${'\u0301'.repeat(9)}`]);
});

it('nothing is lost, and everything fits that can', () => {
  const piece = fc.constantFrom('wort ', 'und ', 'x', ', ', ';', '\u00a0', 'ü', '–', '🙂', 'dass ', '(');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 2, max: 20 }), (pieces, length) => {
      const text = pieces.join('').trim();
      const cut = cutText(text, upTo(length));
      expect(cut.map(({ text, after }) => text + after).join('')).toBe(text);
      for (const { text, after } of cut) {
        expect(text.length).toBeLessThanOrEqual(length);
        expect(text).toBe(text.trim());
        expect(after.trim()).toBe('');
      }
    }),
  );
});

it('a very long word takes no time', () => {
  const started = performance.now();
  expect(parts('ü'.repeat(65_536), 60).join('')).toBe('ü'.repeat(65_536));
  expect(performance.now() - started).toBeLessThan(5000);
});
