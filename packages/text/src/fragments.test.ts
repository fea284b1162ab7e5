import { expect, it } from 'vitest';
import { asFragment, asSentence } from './fragments.ts';

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

it.each([
  ['Die Datei {x1} fehlt.', 'the file {x1} is missing.', 'The file {x1} is missing.'],
  ['„Die Mädchen spinnen.“', '"girls are crazy."', '"Girls are crazy."'],
  ['Über Nacht ist es kalt', 'at night it is cold', 'At night it is cold'],
  ['Hund', 'dog', 'dog'],
  ['die Datei fehlt.', 'the file is missing.', 'the file is missing.'],
  ['Neue iPhones sind teuer.', 'iPhones are expensive.', 'iPhones are expensive.'],
  ['Das tun eBooks auch.', 'eBook readers do too.', 'eBook readers do too.'],
  ['Öffnen Sie bitte npm.', 'npm must be opened.', 'npm must be opened.'],
  ['Besuchen Sie uns hier.', 'example.org is here.', 'example.org is here.'],
  ['{x1} ist da.', '{x1} is there.', '{x1} is there.'],
])('the sentence %s: %s becomes %s', (source, translation, expected) =>
  expect(asSentence(source, translation)).toBe(expected),
);
