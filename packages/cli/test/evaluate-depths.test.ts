import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { depthsOf } from '../src/evaluate/depths.ts';
import { cli, scratch, tinyModel } from './cli.ts';
import { idxFolder } from './idx.ts';

test('depths: all levels, then fewer on both sides, then on either; each once', () => {
  const named = (encoder: number, decoder: number) =>
    depthsOf(encoder, decoder).map((levels) => `${levels.encoder}+${levels.decoder}`);
  expect(named(1, 1)).toEqual(['1+1']);
  expect(named(2, 2)).toEqual(['2+2', '1+1', '1+2', '2+1']);
  expect(named(4, 2)).toEqual(['4+2', '3+2', '2+2', '1+1', '1+2', '4+1']);
  expect(named(1, 3)).toEqual(['1+3', '1+2', '1+1']);
});

test('a translation model at every depth: the same BLEU as with --levels, beside that of all levels', async () => {
  const model = await tinyModel();
  const [source, target] = ['source', 'target'].map((name) => join(scratch(), name)) as [string, string];
  writeFileSync(source, 'guten Morgen\nMorgen\ngut\n');
  writeFileSync(target, 'g\nguten\nMo\n');
  const common = ['evaluate', '-s', source, '-t', target, '-m', model, '--max-length', '8'];
  const { code, out } = await cli([...common, '--each-depth', '--json']);
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ sentences: 3, engine: 'wasm', beams: 4 });
  expect(report.depths.map((one: { levels: object }) => one.levels)).toEqual(depthsOf(2, 2));
  for (const { levels, bleu, chrf, share } of report.depths) {
    const flag = `${levels.encoder}+${levels.decoder}`;
    const alone = JSON.parse((await cli([...common, '--no-loss', '--levels', flag, '--json'])).out);
    expect({ bleu, chrf }).toEqual({ bleu: alone.bleu, chrf: alone.chrf });
    expect(share).toBe(report.depths[0].bleu === 0 ? null : bleu / report.depths[0].bleu);
  }
  const { out: text } = await cli([...common, '--each-depth']);
  expect(text).toMatch(/^levels +BLEU +of all +chrF2 +sentences\/s\n2\+2 +\d+\.\d\d +(100\.0 %|–) /);
  expect(text.trimEnd().split('\n')).toHaveLength(5);
});

test('an image classifier at every depth: the same accuracy as with --levels', async () => {
  const folder = idxFolder(24);
  const { code, out } = await cli(['evaluate', '--images', folder, '--each-depth', '--json']);
  expect(code).toBe(0);
  const { depths, images } = JSON.parse(out);
  expect(images).toBe(24);
  expect(depths.map((one: { levels: number }) => one.levels)).toEqual([6, 5, 4, 3, 2, 1]);
  for (const { levels, accuracy } of [depths[0], depths[4]]) {
    const alone = await cli(['evaluate', '--images', folder, '--levels', `${levels}`, '--json']);
    expect(accuracy).toBe(JSON.parse(alone.out).accuracy);
  }
});

test('flags that belong to one depth are refused', async () => {
  const pair = ['evaluate', '-s', 'a', '-t', 'b', '--each-depth'];
  for (const more of [
    ['--levels', '1'],
    ['--output', 'x'],
    ['--baseline', 'x'],
  ]) {
    const { code, err } = await cli([...pair, ...more]);
    expect(code).toBe(2);
    expect(err).toContain(`--each-depth runs the model at every depth: leave ${more[0]} out.`);
  }
  expect((await cli([...pair, '--confidence'])).err).toContain('leave --metric and --confidence out');
});
