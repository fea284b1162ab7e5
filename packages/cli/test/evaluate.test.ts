import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpusBleu, corpusChrf } from '@ringformer/text';
import { expect, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';

const TARGETS = ['The cat sat on the mat today.', 'Good morning, everyone!', 'Where is the station?'];
const HYPOTHESES = ['The cat sat on the mat.', 'Good morning, everyone!', 'Where the station is?'];
const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join('');

test('a file of translations is scored without a model', async () => {
  const target = join(scratch(), 'target.en');
  writeFileSync(target, lines(TARGETS));
  const { code, out } = await cli(['evaluate', '--hypotheses', '-', '--target', target], { stdin: lines(HYPOTHESES) });
  expect(code).toBe(0);
  const bleu = corpusBleu(HYPOTHESES, TARGETS);
  expect(out).toBe(`${bleu.format()}\n${corpusChrf(HYPOTHESES, TARGETS).format()}\n`);
  expect(out).toContain('tok:13a|smooth:exp|version:');
  const { out: json } = await cli(['evaluate', '--json', '--hypotheses=-', '-t', target, '--limit', '2'], {
    stdin: lines(HYPOTHESES),
  });
  const scores = JSON.parse(json);
  expect(scores).toMatchObject({ sentences: 2, signatures: { bleu: bleu.signature } });
  expect(scores.bleu).toBeCloseTo(corpusBleu(HYPOTHESES.slice(0, 2), TARGETS.slice(0, 2)).score, 10);
});

test('a model is scored on what translate prints, and its translations are saved', async () => {
  const model = await tinyModel();
  const directory = scratch();
  const [source, target, output] = ['source', 'target', 'output'].map((name) => join(directory, name));
  writeFileSync(source as string, lines(['guten Morgen', 'Morgen', 'gut']));
  writeFileSync(target as string, lines(TARGETS));
  const common = ['-m', model, '--backend', 'cpu', '--beam', '2', '--max-length', '8'];
  const files = ['--source', source as string, '--target', target as string, '--output', output as string];
  const { code, out } = await cli(['evaluate', '--json', ...files, ...common]);
  expect(code).toBe(0);
  const report = JSON.parse(out);
  const kept = readFileSync(output as string, 'utf8');
  expect(kept).toBe((await cli(['translate', '-f', source as string, ...common])).out);
  expect(report).toMatchObject({ sentences: 3, beams: 2, backend: 'cpu' });
  expect(report.bleu).toBeCloseTo(corpusBleu(kept.trimEnd().split('\n'), TARGETS).score, 10);
  // An untrained model spreads its guess more or less evenly over 270 tokens.
  expect(report.loss).toBeGreaterThan(3);
  expect(report.perplexity).toBeCloseTo(Math.exp(report.loss), 6);
  const { out: text } = await cli(['evaluate', ...files, ...common]);
  expect(text).toMatch(/^BLEU.*\nchrF2.*\nloss \d+\.\d{4} nats per token, perplexity .*\n3 sentences in .* per second/);
});

test('files of different lengths are refused with both counts', async () => {
  const target = join(scratch(), 'target.en');
  writeFileSync(target, lines(TARGETS));
  const { code, err, out } = await cli(['evaluate', '--hypotheses', '-', '-t', target], { stdin: 'one\ntwo\n' });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/- has 2 lines and .*target\.en 3/);
});
