// The packaged int8 model on texts of our own. The counts are what the shipped model reaches: a worse one is noticed.
import { readFileSync } from 'node:fs';
import model from '@ringformer/model-de-en/int8';
import { loadTranslator, type Translator } from '@ringformer/seq2seq/engine';
import { keepsNumbers, protectedSpans } from '@ringformer/text';
import { startWasm } from '@ringformer/wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const read = (name: string) => readFileSync(new URL(`shipped/${name}`, import.meta.url), 'utf8').trimEnd();
const quietly = { onWarning: () => {} };

let translator: Translator;
beforeAll(async () => {
  translator = await loadTranslator(model, await startWasm());
});
afterAll(() => translator.dispose());

describe.each(['newspaper', 'letter', 'chat'])('a %s of everything', (name) => {
  const lines = read(`${name}.txt`).split('\n');

  it('loses no line, number, address, code, placeholder or emoji', async () => {
    const translations = (await translator.translate(lines.join('\n'), quietly)).split('\n');
    expect(translations.length).toBe(lines.length);
    for (const [i, line] of lines.entries()) {
      const translation = translations[i] as string;
      expect(translation === '', `line ${i + 1}`).toBe(line === '');
      expect(keepsNumbers(line, translation, { from: 'de', to: 'en' }), `${line}\n${translation}`).toBe(true);
      for (const { from, to } of protectedSpans(line)) expect(translation).toContain(line.slice(from, to));
    }
  });
});

it('a text is the same as a whole, line by line and in a stream with one beam', async () => {
  const lines = read('chat.txt').split('\n');
  const options = { beams: 1, ...quietly };
  const whole = await translator.translate(lines.join('\n'), options);
  expect((await translator.translateBatch(lines, options)).join('\n')).toBe(whole);
  let streamed = '';
  for await (const piece of translator.stream(lines.join('\n'), quietly)) streamed += piece;
  expect(streamed).toBe(whole);
});

it('translates what people type first', async () => {
  const cases = read('first.tsv')
    .split('\n')
    .map((line) => line.split('\t') as [string, string]);
  const translations = await translator.translateBatch(
    cases.map(([german]) => german),
    quietly,
  );
  const failed = cases.flatMap(([german, must], i) => {
    const english = translations[i] as string;
    const right = must.split(' && ').every((pattern) => new RegExp(pattern, 'i').test(english));
    return right ? [] : [`${german} → ${english}`];
  });
  console.log(`${cases.length - failed.length} of ${cases.length}; wrong: ${failed.join(' | ')}`);
  expect(cases.length - failed.length).toBeGreaterThanOrEqual(43);
});
