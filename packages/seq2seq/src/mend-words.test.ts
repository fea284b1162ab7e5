import type { Tokenizer } from '@ringformer/text';
import { expect, test } from 'vitest';
import type { Hypothesis } from './hypothesis.ts';
import { mendWords } from './mend-words.ts';

/** A token for each character. */
const tokenizer = {
  encode: (text: string) => Array.from(text, (char) => char.codePointAt(0)!),
  decode: (tokens: readonly number[]) => String.fromCodePoint(...tokens),
} as Tokenizer;
const found = (text: string, confidence: number, more: Partial<Hypothesis> = {}): Hypothesis => ({
  tokens: tokenizer.encode(text),
  score: 0,
  logProb: Math.log(confidence),
  length: 1,
  ...more,
});
const unknown = (text: string) => [found(text, 0.3, { unknown: true }), found('Dogs', 0.3)];

/** What becomes of words if a search for those with a full stop finds `answers`. */
async function mended(chosen: Hypothesis[][], texts: string[], answers: Record<string, [string, number]>) {
  const asked: string[] = [];
  const again = async (given: readonly string[]) => {
    asked.push(...given);
    return given.map((text) => [found(...answers[text]!)]);
  };
  await mendWords(chosen, { tokenizer, texts, most: 2, again });
  return {
    asked,
    first: chosen.map(([best]) => tokenizer.decode(best!.tokens)),
    counts: chosen.map((all) => all.length),
  };
}

test('a word that the model does not know is looked up with a full stop, which does not stay', async () => {
  expect(await mended([unknown('Tschüss')], ['Tschüss'], { 'Tschüss.': ['Bye.', 0.65] })).toEqual({
    asked: ['Tschüss.'],
    first: ['Bye'],
    counts: [2],
  });
});

test.each([
  ['unsure', 'Writing.', 0.39],
  ['babble', 'Dogs dogsing.', 0.7],
  ['without the full stop', 'Bye', 0.7],
  ['with another mark', 'Bye!', 0.7],
  ['nothing but the mark', '.', 0.7],
] as const)('a word stays as it is if the answer is %s', async (_, answer, confidence) => {
  const { first } = await mended([unknown('Wort')], ['Wort'], { 'Wort.': [answer, confidence] });
  expect(first).toEqual(['Wort']);
});

test('what the model knows, and a word with a mark of its own, is not looked up again', async () => {
  const chosen = [[found('Lena', 0.9)], unknown('Hund!'), unknown('Haus')];
  const { asked, first } = await mended(chosen, ['Lena', 'Hund!', 'Haus'], { 'Haus.': ['A house.', 0.6] });
  expect({ asked, first }).toEqual({ asked: ['Haus.'], first: ['Lena', 'Hund!', 'A house'] });
  expect((await mended([[found('Lena', 0.9)]], ['Lena'], {})).asked).toEqual([]);
});
