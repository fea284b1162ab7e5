import { expect, it } from 'vitest';
import { testLines } from '../test/lines.ts';
import { isInLanguage } from './guess-language.ts';

it.each([
  'Where is the station?',
  'I want to go home now.',
  'I am at home now.',
  "It's raining and I don't have an umbrella.",
  'THIS IS THE END OF IT.',
  'He said that it’s not true.',
  'I live in a big house in Berlin.',
  'The man is in the garden.',
])('%s is English', (text) => expect(isInLanguage(text, 'en', 'de')).toBe(true));

it.each([
  'Wo ist der Bahnhof?',
  'Hallo',
  'Good morning!',
  'New York',
  'Was will Tom?',
  'Tom liebt The Who.',
  'Wir sahen „The Lord of the Rings“.',
  'Das Meeting ist um 8.',
  'Tom hat, was Maria will.',
  'To be or not to be, das ist hier die Frage.',
  '',
  '???',
])('%s is not clearly English', (text) => expect(isInLanguage(text, 'en', 'de')).toBe(false));

it.each(['War in Ukraine', 'Man killed in London', 'Dog bites man in Hamburg', 'Drive fast in winter.', 'Arm in arm'])(
  '%s is not German',
  (text) => expect(isInLanguage(text, 'de', 'en')).toBe(false),
);

it('no German line is taken for English, most English lines are recognised; and the other way round', () => {
  const [de, en] = [testLines('de'), testLines('en')];
  expect(de.filter((line) => isInLanguage(line, 'en', 'de'))).toEqual([]);
  expect(en.filter((line) => isInLanguage(line, 'de', 'en'))).toEqual([]);
  expect(en.filter((line) => isInLanguage(line, 'en', 'de')).length / en.length).toBeGreaterThan(0.7);
  expect(isInLanguage('Where is the station?', 'en', 'fr')).toBe(false);
});
