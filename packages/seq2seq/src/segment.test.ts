import fc from 'fast-check';
import { expect, test } from 'vitest';
import { segmentText } from './segment.ts';

const upTo = (length: number) => (text: string) => text.length <= length;

test('line breaks are preserved, white space around lines is dropped', () => {
  expect(segmentText(' a \r\n\n b\rc', upTo(9))).toEqual([
    { text: 'a', after: '\r\n' },
    { text: '', after: '\n' },
    { text: 'b', after: '\r' },
    { text: 'c', after: '' },
  ]);
  expect(segmentText('', upTo(9))).toEqual([{ text: '', after: '' }]);
  expect(segmentText(' \n', upTo(9))).toEqual([
    { text: '', after: '\n' },
    { text: '', after: '' },
  ]);
});

test('a line that fits stays whole; one that does not is split between sentences, as few times as possible', () => {
  const text = 'Eins ist da. Zwei kommt. Drei geht! Vier?';
  expect(segmentText(text, upTo(99))).toEqual([{ text, after: '' }]);
  expect(segmentText(text, upTo(25))).toEqual([
    { text: 'Eins ist da. Zwei kommt.', after: ' ' },
    { text: 'Drei geht! Vier?', after: '' },
  ]);
  expect(segmentText(`${text}\nneu`, upTo(12)).map(({ after }) => after)).toEqual([' ', ' ', ' ', '\n', '']);
});

test('a sentence that does not fit by itself is left whole', () => {
  expect(segmentText('Kurz. Dieser Satz ist viel zu lang. Kurz.', upTo(10)).map(({ text }) => text)).toEqual([
    'Kurz.',
    'Dieser Satz ist viel zu lang.',
    'Kurz.',
  ]);
});

test('no text is lost, every break is kept, and only lines may be empty', () => {
  const piece = fc.constantFrom(
    'Ein Satz. ',
    'Noch einer! ',
    'wort ',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\u2029',
    '🙂',
    '…',
    '.',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 30 }), (pieces, length) => {
      const text = pieces.join('');
      const segments = segmentText(text, upTo(length));
      const bare = (text: string) => text.replace(/\s/g, '');
      expect(bare(segments.map(({ text }) => text).join(''))).toBe(bare(text));
      const breaks = segments.map(({ after }) => after).filter((after) => after !== ' ' && after !== '');
      expect(breaks).toEqual(text.match(/\r\n|\n|\r/g) ?? []);
      segments.forEach(({ text, after }, at) => {
        expect(text).toBe(text.trim());
        if (after === ' ' || segments[at - 1]?.after === ' ') expect(text).not.toBe('');
      });
    }),
    { numRuns: 300 },
  );
});
