import { expect, it } from 'vitest';
import { asFragment } from './fragments.ts';

it.each([
  ['gute Idee', 'Good idea.', 'en', 'good idea'],
  ['ich weiß', 'I know', 'en', 'I know'],
  ['NATO', 'NATO', 'en', 'NATO'],
  ['dogs and cats', 'Hunde und Katzen.', 'de', 'Hunde und Katzen'],
  ['and the dog', 'Und der Hund', 'de', 'und der Hund'],
  ['the dog', 'Der Hund', 'de', 'der Hund'],
  ['day and night', 'Tag und Nacht', 'de', 'Tag und Nacht'],
  ['The dog', 'Der Hund', 'de', 'Der Hund'],
  ['the end.', 'Das Ende.', 'de', 'das Ende.'],
  ['you can go', 'Sie können gehen', 'de', 'Sie können gehen'],
  ['they can go', 'Sie können gehen', 'de', 'sie können gehen'],
  [', your order', 'Ihre Bestellung', 'de', 'Ihre Bestellung'],
])('%s: %s in %s becomes %s', (source, translation, language, expected) =>
  expect(asFragment(source, translation, language)).toBe(expected),
);
