import { expect, test } from 'vitest';
import { weightsBetween, wordsOf } from './words.ts';

test('tokens that belong together are words; marks at their ends are words too', () => {
  const words = wordsOf(['<s>', 'Wo', 'Ġist', 'Ġder', 'ĠBahn', 'hof', '?', '</s>']);
  expect(words.map(({ text }) => text)).toEqual(['▶', 'Wo', 'ist', 'der', 'Bahnhof', '?', '■']);
  expect(words[4]).toEqual({ text: 'Bahnhof', from: 4, to: 6 });
  const parts = wordsOf(['I', 'Ġdon', "'", 't', ',', 'Ġno', 'Ġ3', '.', '5', '.', '</s>']);
  expect(parts.map(({ text }) => text)).toEqual(['I', "don't", ',', 'no', '3.5', '.', '■']);
  expect(wordsOf(['SchlÃ¼', 'ssel', '.']).map(({ text }) => text)).toEqual(['Schlüssel', '.']);
});

test('attention between words: summed over what is looked at, averaged over what looks and over heads', () => {
  const map = { shape: [2, 2, 2] as const, data: [0.5, 0.5, 0.1, 0.9, 1, 0, 0.3, 0.7] };
  const [one, two] = [
    { text: 'a', from: 0, to: 1 },
    { text: 'b', from: 1, to: 2 },
  ];
  const both = { text: 'ab', from: 0, to: 2 };
  expect(weightsBetween(map, [one!, two!], [one!, two!], 0)).toEqual([
    [0.5, 0.5],
    [0.1, 0.9],
  ]);
  expect(weightsBetween(map, [one!], [both])).toEqual([[1]]);
  expect(weightsBetween(map, [both], [one!], 1)[0]![0]).toBeCloseTo(0.65, 12);
});
