import { loadTokenizer, trainTokenizer, withNormalizer } from '@ringformer/text';
import { describe, expect, it } from 'vitest';
import { toyDecoding } from '../test/toy.ts';
import { seq2seqConfig } from './config.ts';
import type { EngineSeq2seq } from './inference.ts';
import { digitTokensOf, numberGuard } from './number-guard.ts';
import { makeTranslator } from './translator.ts';

const lines = ['It costs 1,300.50 euros at 18:30.', 'On 24.12.1998 he was 6 p.m. / 2', '0 1 2 3 4 5 6 7 8 9'];
const tokenizer = loadTokenizer(withNormalizer(await trainTokenizer([...lines, ...lines], { vocabSize: 300 })));
const digits = digitTokensOf(tokenizer);

/** Whether a translation may be written token by token, and may end. */
function allows(source: string, translation: string, wrong = ''): boolean {
  const guard = numberGuard({ source, translation: wrong, from: 'de', to: 'en' }, tokenizer, digits);
  const ids = [...tokenizer.encode(translation), tokenizer.eosId];
  return ids.every((id, i) => guard?.(ids.slice(0, i))?.may(id) ?? true);
}

it.each([
  ['Es kostet 1.300 Euro.', 'It costs 1,300 euros.', true],
  ['Es kostet 1.300 Euro.', 'It costs 1300 euros.', true],
  ['Es kostet 1.300 Euro.', 'It costs 1.300 euros.', false],
  ['Es kostet 1.300 Euro.', 'It costs 13,00 euros.', false],
  ['Es kostet 1.300 Euro.', 'It costs 30 euros.', false],
  ['Es kostet 1.300 Euro.', 'It costs 1,3000 euros.', false],
  ['Es kostet 1.300 Euro.', 'It costs euros.', false],
  ['Es kostet 1.300,50 Euro.', 'It costs 1,300.50 euros.', true],
  ['Es kostet 1.300,50 Euro.', 'It costs 1,300.5 euros.', false],
  ['2 und 2 und 3', '2 and 3 and 2', true],
  ['2 und 2 und 3', '2 and 3 and 3', false],
  ['2 und 23', '23 and 2', true],
  ['1933', '1,933', false],
  ['86400', '86,400', true],
  ['am 24.12.1998', 'on 24.12.1998', true],
  ['am 24.12.1998', 'on 24,12.1998', false],
  ['um 18 Uhr', 'at 18:00', true],
  ['um 18.30 Uhr', 'at 18:30', true],
  ['am 02. Mai', 'on May 2', true],
  ['um 18 Uhr', 'at 6', false],
  ['9 bis 17', '9 to 17', true],
  ['9 bis 17', '9:17', false],
])('%s → %s: %s', (source, translation, expected) => expect(allows(source, translation)).toBe(expected));

it('hours are written as in the translation that had them wrong', () => {
  expect(allows('um 18.30 Uhr', 'at 6:30 p.m.', 'at 7:30 p.m.')).toBe(true);
  expect(allows('um 18.30 Uhr', 'at 18:30 p.m.', 'at 7:30 p.m.')).toBe(false);
});

it('a source without numbers, or with very many, is not guarded', () => {
  expect(numberGuard({ source: 'Ja.', translation: '' }, tokenizer, digits)).toBeUndefined();
  expect(numberGuard({ source: '7 '.repeat(40), translation: '' }, tokenizer, digits)).toBeUndefined();
});

// A model that writes what it reads, but at one place prefers another digit.
const echo = (wrong: string, right: string): EngineSeq2seq => ({
  open(sources) {
    const wanted = sources.map((ids) => ids.slice(1));
    const [bad, good] = [wrong, right].map((digit) => tokenizer.encode(`1${digit}`).at(-1)); // without a space
    return toyDecoding(
      (sentence, tokens) => {
        const next = wanted[sentence]![tokens.length - 1] ?? tokenizer.eosId;
        return Array.from({ length: tokenizer.vocabSize }, (_, id) => {
          if (next === good && id === bad) return Math.log(0.5);
          return id === next ? Math.log(0.4) : -20;
        });
      },
      sources.map((_, i) => i),
    );
  },
  dispose() {},
});
const config = seq2seqConfig({
  sourceVocab: tokenizer.vocabSize,
  targetVocab: tokenizer.vocabSize,
  padId: tokenizer.padId,
  bosId: tokenizer.bosId,
  eosId: tokenizer.eosId,
});

describe('a model that writes 9 for 7', () => {
  const translator = makeTranslator(config, tokenizer, 'wasm', echo('9', '7'));
  const text = 'It costs 1799 euros. It was 5.';

  it.each([1, 4])('has the numbers of its source, with %i beams', async (beams) => {
    expect(await translator.translate(text, { beams, raw: true, noRepeat: 0 })).toBe('It costs 1999 euros. It was 5.');
    expect(await translator.translate(text, { beams, noRepeat: 0 })).toBe(text);
    expect((await translator.nBest(text, { beams, noRepeat: 0 }))[0]).toMatchObject({ text, corrected: true });
    const detailed = await translator.translateDetailed([text, 'It was 5.'], { beams, noRepeat: 0 });
    expect(detailed.map(({ corrected }) => corrected)).toEqual([true, undefined]);
    expect(detailed[1]).not.toHaveProperty('corrected');
  });

  it('streams the same', async () => {
    const pieces: string[] = [];
    for await (const piece of translator.stream(text, { noRepeat: 0 })) pieces.push(piece);
    expect(pieces.join('')).toBe(text);
  });
});

it('a number that no search finds is put in its place', async () => {
  const mute: EngineSeq2seq = {
    open: (sources) =>
      toyDecoding(
        (_, tokens) => {
          const next = [...tokenizer.encode('It was'), tokenizer.eosId][tokens.length - 1] ?? tokenizer.eosId;
          return Array.from({ length: tokenizer.vocabSize }, (_, id) => (id === next ? -0.01 : -1e4));
        },
        sources.map((_, i) => i),
      ),
    dispose() {},
  };
  const translator = makeTranslator({ ...config, from: 'de', to: 'en' }, tokenizer, 'wasm', mute);
  expect(await translator.translate('Es kostet 1.300 Euro.')).toBe('It was 1,300 It was');
  expect(await translator.translate('Es kostet 1.300 Euro.', { raw: true })).toBe('It was');
});
