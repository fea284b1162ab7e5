// The packaged int8 models on texts of our own. The counts are what the shipped models reach: a worse one is noticed.
import { readFileSync } from 'node:fs';
import deEn from '@ringformer/model-de-en/int8';
import enDe from '@ringformer/model-en-de/int8';
import { loadTranslator, type Translator } from '@ringformer/seq2seq/engine';
import { keepsNumbers, protectedSpans } from '@ringformer/text';
import { startWasm } from '@ringformer/wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const read = (name: string) => readFileSync(new URL(`shipped/${name}`, import.meta.url), 'utf8').trimEnd();
const quietly = { onWarning: () => {} };

describe.each([
  { from: 'de', to: 'en', model: deEn, texts: ['newspaper', 'letter', 'chat'], first: 'first.tsv', right: 43 },
  { from: 'en', to: 'de', model: enDe, texts: ['mail-en'], first: 'first-en.tsv', right: 40 },
])('$from to $to', ({ from, to, model, texts, first, right }) => {
  let translator: Translator;
  beforeAll(async () => {
    translator = await loadTranslator(model, await startWasm());
  });
  afterAll(() => translator.dispose());

  it.each(texts)('%s: loses no line, number, address, code, placeholder or emoji', async (name) => {
    const lines = read(`${name}.txt`).split('\n');
    const translations = (await translator.translate(lines.join('\n'), quietly)).split('\n');
    expect(translations.length).toBe(lines.length);
    for (const [i, line] of lines.entries()) {
      const translation = translations[i] as string;
      expect(translation === '', `line ${i + 1}`).toBe(line === '');
      expect(keepsNumbers(line, translation, { from, to }), `${line}\n${translation}`).toBe(true);
      for (const span of protectedSpans(line)) expect(translation).toContain(line.slice(span.from, span.to));
    }
  });

  it('a text is the same as a whole, line by line and in a stream with one beam', async () => {
    const lines = read(`${texts.at(-1)}.txt`).split('\n');
    const options = { beams: 1, ...quietly };
    const whole = await translator.translate(lines.join('\n'), options);
    expect((await translator.translateBatch(lines, options)).join('\n')).toBe(whole);
    let streamed = '';
    for await (const piece of translator.stream(lines.join('\n'), quietly)) streamed += piece;
    expect(streamed).toBe(whole);
  });

  it('translates what people type first', async () => {
    const cases = read(first)
      .split('\n')
      .map((line) => line.split('\t') as [string, string]);
    const translations = await translator.translateBatch(
      cases.map(([text]) => text),
      quietly,
    );
    const failed = cases.flatMap(([text, must], i) => {
      const translation = translations[i] as string;
      const isRight = must.split(' && ').every((pattern) => new RegExp(pattern, 'i').test(translation));
      return isRight ? [] : [`${text} → ${translation}`];
    });
    console.log(`${cases.length - failed.length} of ${cases.length}; wrong: ${failed.join(' | ')}`);
    expect(cases.length - failed.length).toBeGreaterThanOrEqual(right);
  });
});
