import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../random.ts';
import { numberStyle, swapNumbers } from './numbers.ts';

const style = numberStyle('de', 'en');
const swap = (source: string, target: string, seed = 1) => swapNumbers({ source, target }, style, randomStream(seed));

it('knows how languages write numbers', () => {
  expect(style).toEqual({ swapsMarks: true, suffixes: true });
  expect(numberStyle('en', 'de')).toEqual({ swapsMarks: true, suffixes: false });
  expect(numberStyle('de', 'fr')).toEqual({ swapsMarks: false, suffixes: false });
});

describe('swapNumbers', () => {
  it.each([
    ['Er ist 34 Jahre alt.', 'He is 34 years old.', /^Er ist (\d\d) Jahre alt\.\|He is \1 years old\.$/],
    ['um 14:35 Uhr', 'at 14:35', /^um ((?:1\d|2[0-3]):[0-5]\d) Uhr\|at \1$/],
    ['im Jahr 1905', 'in 1905', /^im Jahr ((?:1[89]|20)\d\d)\|in \1$/],
    ['am 3. Oktober', 'on October 3', /^am (\d\d?)\. Oktober\|on October \1$/],
    ['Version 2.0.1', 'version 2.0.1', /^Version (\d+\.\d+\.\d+)\|version \1$/],
    ['am 03.12.1990', 'on 03.12.1990', /^am ((?:0\d|1[0-2])\.(?:0\d|1[0-2])\.\d{4})\|on \1$/],
    ['8 von 8', '8 of 8', /^([2-9]) von \1\|\1 of \1$/],
    ['Nummer 007', 'number 007', /^Nummer (\d{3})\|number \1$/],
  ])('%s | %s', (source, target, pattern) => {
    for (let seed = 0; seed < 50; seed++) {
      const changed = swap(source, target, seed);
      expect(`${changed.source}|${changed.target}`).toMatch(pattern);
    }
  });

  it('keeps ordinals of the source right', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { source, target } = swapNumbers(
        { source: 'On May 3rd, 1990', target: 'Am 3. Mai 1990' },
        numberStyle('en', 'de'),
        randomStream(seed),
      );
      const [, day, suffix] = /^On May (\d+)(st|nd|rd|th), /.exec(source) as RegExpExecArray;
      expect(target).toMatch(new RegExp(`^Am ${day}\\. Mai `));
      expect(Number(day)).toBeLessThanOrEqual(31);
      const teen = Number(day) > 10 && Number(day) < 14;
      expect(suffix).toBe(teen ? 'th' : (['th', 'st', 'nd', 'rd'][Number(day) % 10] ?? 'th'));
    }
  });

  it('writes each side in its own way', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { source, target } = swap('1.234,5 kg und 19,99 Euro', '1,234.5 kg and 19.99 euros', seed);
      const marks = (text: string) => text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));
      const numbers = (text: string) => text.match(/[\d.,]+/g) as string[];
      expect(numbers(target)).toEqual(numbers(source).map(marks));
      expect(numbers(source)[0]).toMatch(/^[1-9]\.\d{3},\d$/);
    }
  });

  it('gives English ordinals the right ending', () => {
    const endings = new Map<string, string>();
    for (let seed = 0; seed < 300; seed++) {
      const { source, target } = swap('der 2. Platz', 'the 2nd place', seed);
      const [, number = '', ending = ''] = /the (\d+)(\w\w) place/.exec(target) ?? [];
      expect(source).toBe(`der ${number}. Platz`);
      endings.set(number, ending);
    }
    const expected = { 1: 'st', 2: 'nd', 3: 'rd', 4: 'th', 11: 'th', 12: 'th', 13: 'th', 21: 'st', 22: 'nd', 23: 'rd' };
    expect(Object.fromEntries(endings)).toMatchObject(expected);
    expect(endings.size).toBe(28);
  });

  it.each([
    ['Er ist 16.', 'He is sixteen.'],
    ['1 Euro', '1 euro'],
    ['UTF-8 und MP3', 'UTF-8 and MP3'],
    ['https://a.org/12', 'https://a.org/12'],
    ['5 und 5', '5'],
    ['Es gibt keine.', 'There are none.'],
  ])('leaves %s | %s', (source, target) => {
    for (let seed = 0; seed < 20; seed++) expect(swap(source, target, seed)).toEqual({ source, target });
  });

  it('changes digits only', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789.,:/ aé-'.split('')), maxLength: 30 });
    fc.assert(
      fc.property(text, fc.integer(), (text, seed) => {
        const shape = (text: string) => text.replace(/\d+/g, '0');
        const { source, target } = swap(text, text, seed);
        expect(shape(source)).toBe(shape(text));
        expect(target).toBe(source);
      }),
    );
  });
});
