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
  expect(out).toBe(
    `${bleu.format()}\n${corpusChrf(HYPOTHESES, TARGETS).format()}\nlines that repeat themselves: 0 of 3 (0.0 %)\n`,
  );
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
  expect(text).toMatch(
    /^BLEU.*\nchrF2.*\nlines that repeat.*\nloss \d+\.\d{4} nats per token, perplexity .*\n3 sentences in .* per second/,
  );
  expect(text).toContain('(beam 2, engine tfjs, backend cpu)');
  const { out: quick } = await cli(['evaluate', ...files, ...common, '--no-loss', '--no-repeat', '3', '--json']);
  expect(JSON.parse(quick)).toMatchObject({ engine: 'tfjs', backend: 'cpu', noRepeat: 3 });
  expect(JSON.parse(quick)).not.toHaveProperty('loss');
});

test('files of different lengths are refused with both counts', async () => {
  const target = join(scratch(), 'target.en');
  writeFileSync(target, lines(TARGETS));
  const { code, err, out } = await cli(['evaluate', '--hypotheses', '-', '-t', target], { stdin: 'one\ntwo\n' });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/- has 2 lines and .*target\.en 3/);
});

test('the engine is named, not what TensorFlow.js would run on', async () => {
  const model = await tinyModel();
  const [source, target] = ['source', 'target'].map((name) => join(scratch(), name)) as [string, string];
  writeFileSync(source, lines(['guten Morgen']));
  writeFileSync(target, lines(['Good morning!']));
  const { out } = await cli(['evaluate', '-s', source, '-t', target, '-m', model, '--no-loss', '--max-length', '8']);
  expect(out).toMatch(/\(beam 4, engine wasm\)\n$/);
});

test('several references, precisions, lengths, intervals and a comparison, as JSON', async () => {
  const folder = scratch();
  const second = ['The cat sat on a mat.', 'Good morning to all of you!', 'Where is the train station?'];
  const baseline = ['A cat was on the mat.', 'Morning!', 'The station?'];
  const file = (name: string, texts: readonly string[]) => {
    writeFileSync(join(folder, name), lines(texts));
    return join(folder, name);
  };
  const common = ['--hypotheses', file('hyp', HYPOTHESES), '-t', file('one', TARGETS), '--target', file('two', second)];
  const { out, code } = await cli([
    'evaluate',
    ...common,
    '--json',
    '--baseline',
    file('base', baseline),
    '--samples',
    '50',
  ]);
  expect(code).toBe(0);
  const report = JSON.parse(out);
  const bleu = corpusBleu(HYPOTHESES, [TARGETS, second]);
  expect(report).toMatchObject({
    bleu: bleu.score,
    precisions: bleu.precisions,
    bp: bleu.bp,
    lengths: { system: bleu.sysLen, reference: bleu.refLen, ratio: bleu.ratio },
    signatures: { bleu: expect.stringContaining('nrefs:2') },
    baseline: { bleu: { score: corpusBleu(baseline, [TARGETS, second]).score } },
    repetitions: { lines: 0, rate: 0 },
  });
  for (const metric of ['bleu', 'chrf']) {
    expect(report.intervals[metric].ci).toBeGreaterThan(0);
    expect(report.baseline[metric].p).toBeGreaterThan(0);
  }
  const { out: text } = await cli(['evaluate', ...common, '--confidence', '--samples', '50']);
  expect(text).toMatch(/^BLEU.*\n {2}95 % of samples within .* ± .*\nchrF.*\n {2}95 %/);
  expect(await cli(['evaluate', ...common, '--baseline', file('short', ['x'])])).toMatchObject({ code: 1, out: '' });
});

test('case text/17: if no pair fits the model, that is an error, not a loss of NaN', async () => {
  const model = await tinyModel();
  const folder = scratch();
  const [source, target] = [join(folder, 'va.de'), join(folder, 'va.en')];
  writeFileSync(source, lines(['Ja.', 'Nein.']));
  const long = 'He reads an old book under the tree by the lake. ';
  writeFileSync(target, lines([long.repeat(4), long.repeat(3)]));
  const common = ['-s', source, '-t', target, '-m', model, '--backend', 'cpu', '--max-length', '4'];
  const { code, out, err } = await cli(['evaluate', ...common]);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('this model, which reads at most 46 tokens of each');
  expect(err).toContain('--no-loss');
  expect((await cli(['evaluate', ...common, '--no-loss'])).code).toBe(0);
  writeFileSync(target, lines(['Yes.', long.repeat(4)]));
  const some = JSON.parse((await cli(['evaluate', ...common, '--json'])).out);
  expect(some.lossLeftOut).toBe(1);
  expect(some.loss).toBeGreaterThan(0);
});
