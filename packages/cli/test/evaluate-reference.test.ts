import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokenizer, tokenBleu, tokenNist } from '@ringformer/text';
import { expect, test } from 'vitest';
import { referenceScores, referenceText } from '../src/evaluate/reference.ts';
import { cli, scratch, tinyModel } from './cli.ts';

const recorded = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../fixtures/analysis/analysis.json', import.meta.url)), 'utf8'),
).translation_scores;

test("the scores that the authors' code computes of word pieces", () => {
  const words: string[] = [];
  const tokenizer = {
    encode: (text: string) =>
      text.split(' ').map((word) => (words.includes(word) ? words.indexOf(word) : words.push(word) - 1)),
    tokens: (ids: ArrayLike<number>) => Array.from(ids, (id) => words[id]!),
  };
  const lines = (of: string[][]) => of.map((tokens) => tokens.join(' '));
  const found = referenceScores(lines(recorded.hyps), lines(recorded.refs), tokenizer as never);
  for (const [name, value] of Object.entries(found)) expect(value).toBeCloseTo(recorded.values[name], 12);
  expect(referenceText(found)[0]).toBe('BLEU-2 0.5600, BLEU-4 0.4020, NIST-2 4.0468, NIST-4 4.2839');
});

test('of a file, by the tokenizer of a model; and of what a model translates', async () => {
  const model = await tinyModel();
  const folder = scratch();
  const [source, target, output] = ['source', 'target', 'output'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(source, 'guten Morgen\nMorgen\n');
  writeFileSync(target, 'good morning\nmorning good\n');
  const flags = ['-m', model, '--target', target, '--metric', 'reference', '--json'];
  const tokenizer = loadTokenizer(readFileSync(join(model, 'tokenizer.json')));
  const pieces = (file: string) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => tokenizer.tokens(tokenizer.encode(line)));
  const expected = (file: string) => ({
    bleu4: tokenBleu(pieces(file), pieces(target)),
    nist2: tokenNist(pieces(file), pieces(target), 2),
  });
  const ofFile = await cli(['evaluate', '--hypotheses', source, ...flags]);
  expect(ofFile, ofFile.err).toMatchObject({ code: 0 });
  expect(JSON.parse(ofFile.out)).toMatchObject({ sentences: 2, metric: 'reference', ...expected(source) });
  const translating = ['--source', source, '--output', output, '--backend', 'cpu', '--beam', '1', '--max-length', '8'];
  const ofModel = JSON.parse((await cli(['evaluate', ...translating, ...flags])).out);
  expect(ofModel).toMatchObject({ metric: 'reference', beams: 1, ...expected(output) });
  expect(ofModel.loss).toBeGreaterThan(0);
  expect(ofModel).not.toHaveProperty('bleu');
});

test.for([
  [['--confidence'], 'has no intervals'],
  [['--target', 'b'], 'takes one --target'],
  [['--images', 'a'], 'leave one of them out'],
] as const)('what does not go with it: %j', async ([more, says]) => {
  const ran = await cli(['evaluate', '--metric', 'reference', '--hypotheses', 'a', '--target', 'a', ...more]);
  expect(ran).toMatchObject({ code: 2, err: expect.stringContaining(says) });
});
