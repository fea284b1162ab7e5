import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, eachPiece, PIECE_PATTERN } from './pieces.ts';

function pieces(text: string, pattern = PIECE_PATTERN): string[] {
  const found: string[] = [];
  eachPiece(compilePattern(pattern), text, (piece) => found.push(piece));
  return found;
}

describe('eachPiece', () => {
  it.each([
    [' Das ist gut.', [' Das', ' ist', ' gut', '.']],
    [" don't isn’t o'clock 'tis", [' don', "'t", ' isn', '’t', ' o', "'", 'clock', " '", 'tis']],
    [' u\u0308ber', [' u\u0308ber']],
    [' 1984 3,5', [' 1', '9', '8', '4', ' 3', ',', '5']],
    ['  a   b  ', [' ', ' a', '  ', ' b', '  ']],
    ['a\u0085b\ufeffc', ['a', '\u0085', 'b', '\ufeff', 'c']],
    ['\u0085\u0085\ufeff\ufeff', ['\u0085', '\u0085', '\ufeff\ufeff']], // white space, all but its last, its last; no white space
    ['a\ufeff b', ['a', '\ufeff', ' b']],
    [' \ufeff!', [' \ufeff!']], // U+FEFF is not white space, so it joins the marks
    [' \u0085!', [' ', '\u0085', '!']],
    [' „Ja“ 😀!', [' „', 'Ja', '“', ' 😀!']],
  ])('cuts %j', (text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  it('loses nothing of any text, with any pattern', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(PIECE_PATTERN, '[a-z]+', 'x*', '\\S'),
        (text, pattern) => {
          expect(pieces(text, pattern).join('')).toBe(text);
        },
      ),
    );
    expect(pieces('12ab3', '[a-z]+')).toEqual(['12', 'ab', '3']);
  });
});
