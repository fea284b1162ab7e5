import { expect, test } from 'vitest';
import { countNames, sharedNames } from './names.ts';
import { repeatsItself } from './repetition.ts';

test.each([
  ['The house house is red.', 'Das Haus ist rot.'],
  ['There is there is a dog.', 'Da ist ein Hund.'],
  ['He is in the house and in the garden.', 'Er ist im Haus und Garten.'],
  ['Hadoooooooo.', 'Hallo'],
  ['Yeseses.', 'Ja'],
  ['No, no!', 'Auf keinen Fall!'],
])('repeats itself: %s', (translation, source) => {
  expect(repeatsItself(translation, source)).toBe(true);
});

test.each([
  ['No, no, no!', 'Nein, nein, nein!'],
  ['He is big and he is kind.', 'Er ist groß und er ist lieb.'],
  ['The house is red.', 'Das Haus ist rot.'],
  ['Mississippi and bananas.', 'Mississippi und Bananen.'],
  ['Hmmm.', 'Hmmm.'],
  ['', ''],
])('does not: %s', (translation, source) => {
  expect(repeatsItself(translation, source)).toBe(false);
});

test('names are capitalised words that both sentences have', () => {
  const names = sharedNames(
    'Tom wohnt in Berlin, und Tom mag Boston nicht.',
    'Tom lives in Berlin, and does not like it.',
  );
  expect(names).toEqual(['Tom', 'Berlin']);
  expect(countNames(names, 'Tom lives in Bonn.')).toBe(1);
  expect(sharedNames('Der Hund bellt.', 'The dog barks.')).toEqual([]);
});
