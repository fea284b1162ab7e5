import { expect, test } from 'vitest';
import { choosePair } from './languages.ts';
import type { ServedTranslator } from './options.ts';

const translators = [
  { config: { from: 'de', to: 'en' } },
  { config: { from: 'en', to: 'de' } },
] as unknown as ServedTranslator[];
const GERMAN = ['Ich wohne in Berlin, und das ist nicht weit.', 'Der Zug ist heute nicht da.', 'Hallo'];
const ENGLISH = 'Where is the station, and when does the train leave?';

test('a document is in the language of most of its texts', () => {
  expect(choosePair(translators, { from: 'auto' }, [ENGLISH, ...GERMAN])).toBe(0);
  expect(choosePair(translators, { from: 'auto' }, [GERMAN[0] as string, ENGLISH, ENGLISH])).toBe(1);
  expect(choosePair(translators, { from: 'auto' }, [])).toBe(0);
  expect(choosePair(translators, { from: '', to: 'de' }, GERMAN)).toBe(1);
  expect(choosePair(translators, {}, [ENGLISH])).toBe(1);
  expect(choosePair(translators, { from: '', to: '' }, ['Hallo'])).toBe(0);
  const french = [...translators, { config: { from: 'de', to: 'fr' } } as unknown as ServedTranslator];
  expect(() => choosePair(french, { from: 'de' }, GERMAN)).toThrow(/Say which languages/);
  expect(() => choosePair(translators, { from: 'fr', to: '' }, ['Hallo'])).toThrow(/not fr → any language/);
});
