import { describe, expect, it } from 'vitest';
import { randomStream } from '../random.ts';
import { swapEntries } from './swap.ts';
import { readSwapTable } from './table.ts';

const swap = (source: string, target: string, ...lines: string[]) =>
  swapEntries({ source, target }, readSwapTable(lines), randomStream(1));
const unchanged = (source: string, target: string, ...lines: string[]) =>
  expect(swap(source, target, ...lines)).toEqual({ source, target });

const TOM = ['man\tTom\tTom\tfind', 'man\tÉric\tÉric\tuse'];
const TOMS = ["mans\tToms\tTom's\tfind", "mans\tÉrics\tÉric's\tuse"];
const CITY = ['city\tMünchen\tMunich\tfind', 'city\tBad Ems\tBad Ems\tuse'];

describe('swapEntries', () => {
  it('swaps on both sides, everywhere', () => {
    expect(swap('Tom ist hier, Tom!', 'Tom is here, Tom!', ...TOM)).toEqual({
      source: 'Éric ist hier, Éric!',
      target: 'Éric is here, Éric!',
    });
    expect(swap('Tom wohnt in München.', 'Tom lives in Munich.', ...TOM, ...CITY)).toEqual({
      source: 'Éric wohnt in Bad Ems.',
      target: 'Éric lives in Bad Ems.',
    });
  });

  it('swaps only what occurs equally often on both sides', () => {
    unchanged('Tom ist da, und Tom bleibt.', 'Tom is here and stays.', ...TOM);
    unchanged('Er wohnt in München.', 'He lives in Bavaria.', ...CITY);
    unchanged('Er ist da.', 'Tom is here.', ...TOM);
  });

  it('tells words from parts of words, and the longest entry from one inside it', () => {
    unchanged('Tomate', 'Tomato', ...TOM);
    unchanged('Atom_Tom', 'Atom_Tom', ...TOM);
    expect(swap('Toms Hund mag Tom.', "Tom's dog likes Tom.", ...TOM, ...TOMS)).toEqual({
      source: 'Érics Hund mag Éric.',
      target: "Éric's dog likes Éric.",
    });
    const york = ['city\tNew York\tNew York\tfind', 'city\tYork\tYork\tfind', 'city\tRom\tRome\tuse'];
    expect(swap('New York ist groß.', 'New York is big.', ...york).target).toBe('Rome is big.');
  });

  it('does not change an entry that is the only one of its kind', () =>
    unchanged('Tom!', 'Tom!', 'man\tTom\tTom\tfind'));
});

describe('readSwapTable', () => {
  it('uses entries both ways unless the line says otherwise', () => {
    const { find, use } = readSwapTable(['a\tx\ty', '', 'a\tv\tw\tfind', 'a\tt\tu\tuse']);
    expect([...find.keys()]).toEqual(['x', 'v']);
    expect(use.get('a')?.map(({ source }) => source)).toEqual(['x', 't']);
  });

  it.each(['a', 'a\tb', 'a\tb\t', '\tb\tc', 'a\tb\tc\tboth ways', 'a\tb\tc\tuse\td', 'a\t(b)\tc'])(
    'refuses %j',
    (line) => {
      expect(() => readSwapTable(['a\tb\tc', line], 'names.tsv')).toThrow('names.tsv, line 2: expected kind, source');
    },
  );
});
