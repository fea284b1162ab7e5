import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { cli, scratch, tinyModel } from './cli.ts';

const FAST = ['--backend', 'cpu', '--beam', '2', '--max-length', '4'];

test('every line gives one line, in order, and empty lines are kept', async () => {
  const model = await tinyModel();
  const lines = ['guten Morgen', '', 'gut', 'Morgen morgen guten', '', 'n'];
  const piped = await cli(['translate', '-m', model, ...FAST], { stdin: lines.join('\r\n') });
  expect(piped).toMatchObject({ code: 0, err: '' });
  const out = piped.out.split('\n');
  expect(out).toHaveLength(lines.length + 1);
  expect([out[1], out[4], out[6]]).toEqual(['', '', '']);
  const single = await Promise.all(lines.map((line) => cli(['translate', '-m', model, ...FAST, '--', line])));
  expect(single.map((ran) => ran.out).join('')).toBe(piped.out);
});

test('texts, files and stdin give the same, in the order they are named', async () => {
  const model = await tinyModel();
  const directory = scratch();
  const [a, b] = [join(directory, 'a.de'), join(directory, 'b.de')];
  writeFileSync(a, 'guten\n');
  writeFileSync(b, 'Morgen');
  const texts = await cli(['translate', 'guten', 'Morgen', 'gut', '-m', model, ...FAST]);
  const files = await cli(['translate', '-f', a, '--file', b, '--file=-', '-m', model, ...FAST], { stdin: 'gut\n' });
  expect(files).toEqual(texts);
});

test('more lines than one chunk stay in order', async () => {
  const model = await tinyModel();
  const lines = Array.from({ length: 600 }, (_, i) => (i % 7 === 0 ? '' : 'gut '.repeat(1 + (i % 5))));
  const { out, code } = await cli(
    ['translate', '-m', model, '--backend', 'cpu', '--beam', '1', '--max-length', '1', '--json'],
    {
      stdin: lines.map((line) => `${line}\n`).join(''),
    },
  );
  expect(code).toBe(0);
  const sources = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).source);
  expect(sources).toEqual(lines);
});

test('case text/02: a long sentence is translated in parts, with one warning that names file and line', async () => {
  const model = await tinyModel();
  const lines = ['gut', `${'Morgen '.repeat(40)}. ${'guten '.repeat(40)}.`, '-'.repeat(70), 'guten'];
  const stdin = lines.join('\n');
  const { code, out, err } = await cli(['translate', '-m', model, ...FAST], { stdin });
  const good = await cli(['translate', '-m', model, ...FAST], { stdin: 'gut\nguten' });
  expect(code).toBe(0);
  const found = out.trimEnd().split('\n');
  expect(found).toHaveLength(4);
  expect([found[0], found[3]]).toEqual(good.out.trimEnd().split('\n'));
  expect(found[2]).toBe(lines[2]);
  expect(err).toMatch(
    /^ringformer: stdin, line 2: A sentence of \d+ tokens is too long: this model reads at most 46\. It was/,
  );
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  const json = await cli(['translate', '-m', model, '--json', ...FAST], { stdin });
  expect(json.err).toBe('');
  const warnings = json.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).warning);
  expect(warnings).toEqual([undefined, expect.stringContaining('at most 46'), undefined, undefined]);
  const score = await cli(['translate', '-m', model, '--json', '--n-best', '2', ...FAST], { stdin });
  expect(JSON.parse(score.out.split('\n')[1] ?? '')).toMatchObject({ warning: expect.stringContaining('at most 46') });
});

test('with --strict it ends the work, naming its line', async () => {
  const model = await tinyModel();
  const lines = Array.from({ length: 300 }, (_, i) => (i === 280 ? 'x'.repeat(300) : ''));
  for (const more of [[], ['--n-best', '2']]) {
    const { code, err } = await cli(['translate', '-m', model, '--strict', ...more, ...FAST], {
      stdin: lines.join('\n'),
    });
    expect(code).toBe(1);
    expect(err).toMatch(/^ringformer: stdin, line 281: A sentence of \d+ tokens is too long/);
  }
});

test('case text/18: "-" is stdin, a dash and a space begin a text, and n-best keeps every line of a text', async () => {
  const model = await tinyModel();
  const plain = await cli(['translate', 'gut', '-m', model, ...FAST]);
  expect(await cli(['translate', '-', '-m', model, ...FAST], { stdin: 'gut\n' })).toEqual(plain);
  expect((await cli(['translate', '- gut', '-m', model, ...FAST])).out).toBe(`- ${plain.out}`);
  const { out } = await cli(['translate', 'gut\n20:15', '--n-best', '1', '-m', model, ...FAST]);
  expect(out).toMatch(/ 20:15\n$/);
});

test('--from and --to must be the languages of the model', async () => {
  const model = await tinyModel();
  const config = join(model, 'config.json');
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), from: 'de', to: 'en' }));
  const { code, err } = await cli(['translate', 'gut', '--from', 'en', '-m', model, ...FAST]);
  expect(code).toBe(1);
  expect(err).toContain('This model translates from de to en: it reads de, not en.');
  const english = await cli(['translate', 'Where is the station?', '--from', 'de', '--to', 'en', '-m', model, ...FAST]);
  expect(english.out).toBe('Where is the station?\n');
  expect(english.err).toMatch(
    /^ringformer: the arguments, line 1: A sentence is already in the target language \(en\)/,
  );
});

test('--n-best lists that many translations, with falling scores', async () => {
  const model = await tinyModel();
  const { out } = await cli(['translate', 'guten', '', 'Morgen', '--n-best', '3', '-m', model, ...FAST]);
  const rows = out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(rows.map(([line]) => line)).toEqual(['1', '1', '1', '3', '3', '3']);
  const scores = rows.slice(0, 3).map(([, score]) => Number(score));
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  const { out: json } = await cli(['translate', 'guten', '--n-best', '3', '--json', '-m', model, ...FAST]);
  const { source, translation, score, confidence, nBest } = JSON.parse(json);
  expect(source).toBe('guten');
  expect(nBest).toHaveLength(3);
  expect(nBest[0]).toEqual({ translation, score, confidence });
});

test('a run directory and a path to its weights are models too', async () => {
  const directory = scratch();
  mkdirSync(join(directory, 'model'));
  const inner = await tinyModel(join(directory, 'model'));
  const direct = await cli(['translate', 'gut', '-m', inner, ...FAST]);
  expect(direct.code).toBe(0);
  expect(await cli(['translate', 'gut', '-m', directory, ...FAST])).toEqual(direct);
  expect(await cli(['translate', 'gut', '-m', join(inner, 'model.safetensors'), ...FAST])).toEqual(direct);
});

test('--output appears whole, or not at all after an error', async () => {
  const model = await tinyModel();
  const directory = scratch();
  const out = join(directory, 'out.en');
  const good = await cli(['translate', '-m', model, '-o', out, ...FAST], { stdin: 'gut\nMorgen\n' });
  expect(good).toEqual({ code: 0, out: '', err: '' });
  const before = readFileSync(out, 'utf8');
  expect(before.split('\n')).toHaveLength(3);
  const chunks = [Buffer.from('gut\n'), Buffer.from([0xff, 0x0a])];
  const bad = await cli(['translate', '-m', model, '-o', out, ...FAST], { stdin: chunks });
  expect(bad.code).toBe(1);
  expect(readFileSync(out, 'utf8')).toBe(before);
  const fresh = await cli(['translate', '-m', model, '-o', join(directory, 'new'), ...FAST], { stdin: chunks });
  expect(fresh.code).toBe(1);
  expect(readdirSync(directory)).toEqual(['out.en']);
});

test('if the reader goes away, the program ends quietly', async () => {
  const model = await tinyModel();
  const left = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stdout = new Writable({ write: (_, __, done) => done(left) });
  const stderr = new Writable({ write: () => expect.unreachable('nothing may be written') });
  const io = { stdin: process.stdin, stdout, stderr, env: {}, signal: new AbortController().signal };
  expect(await run(['translate', 'gut', '-m', model, ...FAST], io)).toBe(0);
});

test('Ctrl-C ends the program with 130, while it computes and while it waits for input', async () => {
  const model = await tinyModel();
  const computing = new AbortController();
  setTimeout(() => computing.abort(), 300);
  const many = 'gut gut gut gut gut\n'.repeat(2000);
  const given = { stdin: many, signal: computing.signal };
  expect(await cli(['translate', '-m', model, '--backend', 'cpu'], given)).toMatchObject({ code: 130, err: '' });

  const waiting = new AbortController();
  setTimeout(() => waiting.abort(), 300);
  const { Readable } = await import('node:stream');
  const silent = new Readable({ read: () => {} });
  const sink = new Writable({ write: (_, __, done) => done() });
  const io = { stdin: silent, stdout: sink, stderr: sink, env: {}, signal: waiting.signal };
  expect(await run(['translate', '-m', model, ...FAST], io)).toBe(130);
});

test('no tensor outlives a translation, whether it succeeds or fails', async () => {
  const model = await tinyModel();
  const before = tf.memory().numTensors;
  await cli(['translate', 'gut', 'Morgen', '-m', model, ...FAST]);
  await cli(['translate', 'gut '.repeat(100), '-m', model, ...FAST]);
  expect(tf.memory().numTensors).toBe(before);
});
