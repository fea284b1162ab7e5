import { expect, it } from 'vitest';
import { placePairs } from './place.ts';
import type { Plain } from './plain.ts';

/** Where the one pair of a text, [ … ], goes in a translation whose words come in the same order. */
function placed(marked: string, translation: string): string {
  const text = marked.replace(/[[\]]/g, '');
  const pair = { from: marked.indexOf('['), to: marked.indexOf(']') - 1, parent: undefined };
  const words = (of: string) =>
    Array.from(of.matchAll(/[\p{L}\d:]+/gu), (m) => ({ from: m.index, to: m.index + m[0].length }));
  const [source, target] = [words(text), words(translation)];
  const weights = target.flatMap((_, i) => source.map((_, j) => (i === j ? 1 : 0)));
  const [place] = placePairs({ text, pairs: [pair] } as unknown as Plain, translation, {
    alignment: { source, target, weights },
  })!;
  return `${translation.slice(0, place!.from)}[${translation.slice(place!.from, place!.to)}]${translation.slice(place!.to)}`;
}

it.each([
  ['We saw [Mr.] {x1} here', 'Wir sahen Herrn. {x1} hier', 'Wir sahen [Herrn.] {x1} hier'],
  ['[Today.] {x1} here', 'Heute {x1} hier', '[Heute] {x1} hier'],
  ['Not {x1}[, here,] and', 'Nicht {x1}, hier, und', 'Nicht {x1}, [hier,] und'],
  ['("[{x1} comes today]").', '("{x1} kommt heute").', '("[{x1} kommt heute]").'],
  ['"[comes to {x1}]"', '"kommt zu {x1}"', '"[kommt zu {x1}]"'],
  ['House ([by Tom etc.]) here', 'Haus (von Tom etc.) hier', 'Haus ([von Tom etc.]) hier'],
  ['at ([Apple Inc.]), which', 'bei (Apple Inc.), was', 'bei ([Apple Inc.]), was'],
  ['at [Apple Inc.], which', 'bei Apple Inc., was', 'bei [Apple Inc.], was'],
  ['He ("[Come now!]") said', 'Er („Komm jetzt!“) sagte', 'Er („[Komm jetzt!]“) sagte'],
  ['He (["Come now!"]) said', 'Er („Komm jetzt!“) sagte', 'Er ([„Komm jetzt!“]) sagte'],
  ['He [Hello!] to me', 'Il Bonjour ! à moi', 'Il [Bonjour !] à moi'],
  ['at [Apple Inc.], USA', 'bei Apple Inc (USA)', 'bei [Apple Inc] (USA)'],
  ['Kosten [3 €] pro Tag', 'Costs €3 per day', 'Costs [€3] per day'],
  ['Kosten [3 €]!', 'Costs €3.', 'Costs [€3].'],
  ['Costs [$3] per day', 'Kosten 3 $ pro Tag', 'Kosten [3 $] pro Tag'],
  ['Rate [3] € heute', 'Rate €3 today', 'Rate €[3] today'],
  ['Bitte [+49] wählen', 'Please +49 choose', 'Please [+49] choose'],
  ['Es kostet [3,50 €].', 'It costs €3.50.', 'It costs [€3.50].'],
  ['Es kostet ([3,50 €]).', 'It costs (€3.50).', 'It costs ([€3.50]).'],
  ['Es kostet [3,50] € heute', 'It costs €3.50 today', 'It costs €[3.50] today'],
  ['kostet [$5] heute', 'costs 5$ today', 'costs [5$] today'],
  ['Ruf [+49] an', 'Call +49 now', 'Call [+49] now'],
  ["[{x1}]'s house", 'Haus von {x1}', 'Haus von [{x1}]'],
  ['Von {x1} [der] Name', "{x1}'s the name", "{x1}'s [the] name"],
  ['Von [{x1}] der Name', "{x1}'s the name", "[{x1}]'s the name"],
])('%s → %s', (source, translation, expected) => expect(placed(source, translation)).toBe(expected));

/** Where two pairs go, given how much each word of the translation has to do with each word of the source. */
function placedBoth(weights: readonly (readonly number[])[], guess: boolean) {
  const [text, translation] = ['sie hat schon gelesen', 'she has already read'];
  const words = (of: string) => Array.from(of.matchAll(/\S+/g), (m) => ({ from: m.index, to: m.index + m[0].length }));
  const [source, target] = [words(text), words(translation)];
  const pairs = [1, 2].map((i) => ({ ...source[i]!, parent: undefined }));
  const alignment = { source, target, weights: weights.flat() };
  return placePairs({ text, pairs } as unknown as Plain, translation, { alignment, guess })?.map(({ from, to }) =>
    translation.slice(from, to),
  );
}

it('a word without a clear place gets the free one that has most to do with it, if a guess is wanted', () => {
  const weights = [
    [1, 0, 0, 0],
    [0, 0.1, 0.6, 0.3], // "has" comes from "schon" …
    [0, 0.1, 0.3, 0.6],
    [0, 0.02, 0.1, 0.88],
  ];
  expect(placedBoth(weights, false)).toBeUndefined();
  expect(placedBoth(weights, true)).toEqual(['already', 'has']); // … so "hat" gets the next best
});

it('a word with hardly anything to go by gets the free one that stands about where it did', () => {
  const weights = [
    [0.9, 0.05, 0.05, 0],
    [0, 0.03, 0.01, 0.96],
    [0, 0.01, 0.03, 0.96],
    [0, 0.06, 0.05, 0.89],
  ];
  expect(placedBoth(weights, true)).toEqual(['has', 'already']);
});

it('a guess needs something to go by', () => {
  const nothing = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j && j !== 1 ? 1 : 0)));
  expect(placedBoth(nothing, true)).toBeUndefined();
});

it('what begins or ends within a word has no place by alignment or guess', () => {
  const [text, translation] = ['the dog1 sleeps', 'der Hund schläft'];
  const words = (of: string) => Array.from(of.matchAll(/\S+/g), (m) => ({ from: m.index, to: m.index + m[0].length }));
  const [source, target] = [words(text), words(translation)];
  const alignment = { source, target, weights: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  const place = (from: number, to: number) =>
    placePairs({ text, pairs: [{ from, to, parent: undefined }] } as unknown as Plain, translation, {
      alignment,
      guess: true,
    });
  expect(place(7, 8)).toBeUndefined();
  expect(place(4, 8)).toEqual([{ from: 4, to: 8 }]);
});
