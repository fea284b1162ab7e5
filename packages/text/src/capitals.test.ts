import { expect, it } from 'vitest';
import { testLines } from '../test/lines.ts';
import { isInCapitals, withoutCapitals } from './capitals.ts';
import { loadTokenizer } from './tokenizer.ts';
import { trainTokenizer } from './train-tokenizer.ts';

const lines = testLines('de');
const tokenizer = loadTokenizer(await trainTokenizer(lines, { vocabSize: 2000 }));

it.each([
  ['BITTE NICHT RAUCHEN.', true],
  ['DIE STRAßE', true],
  ['U\u0308BER UNS', true],
  ['HALT', true],
  ['EU', false],
  ['20:15', false],
  ['Die UNESCO', false],
  ['今日は', false],
])('%s', (text, capitals) => expect(isInCapitals(text)).toBe(capitals));

it('case text/05: finds most words of German sentences again', () => {
  let [right, all] = [0, 0];
  for (const line of lines) {
    const words = (text: string) => text.match(/\p{L}+/gu) ?? [];
    const found = words(withoutCapitals(line.toUpperCase(), tokenizer, 'de'));
    words(line).forEach((word, i) => {
      all++;
      if (word === found[i]) right++;
    });
  }
  expect(right / all).toBeGreaterThan(0.9);
  expect(withoutCapitals('WO IST DER BAHNHOF?', tokenizer, 'de')).toBe('Wo ist der Bahnhof?');
});

it('English has no capitals but for names and "I"', () => {
  const english = loadTokenizer({ ...JSON.parse(JSON.stringify(englishFile)) });
  expect(withoutCapitals("I THINK THAT I'M HERE.", english, 'en')).toBe("I think that I'm here.");
  expect(withoutCapitals("9 TO 17 O'CLOCK", english, 'en')).toMatch(/^9 to 17 /);
  expect(withoutCapitals('1. THE ROOM', english, 'en')).toMatch(/^1\. The /);
});
const englishFile = await trainTokenizer(testLines('en'), { vocabSize: 2000 });
