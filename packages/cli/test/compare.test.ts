import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vitConfig, writeConfig as writeVision } from '@ringformer/vit';
import { expect, test } from 'vitest';
import { groupRuns, meanCurve, remarksOn, summaryOf } from '../src/compare/groups.ts';
import type { Run } from '../src/compare/read-run.ts';
import { duration } from '../src/compare/table.ts';
import { visible } from '../src/table.ts';
import { cli, scratch, tinyModel } from './cli.ts';

type Line = Record<string, unknown>;
const update = (step: number, loss: number) => ({ step, epoch: 0, loss, norm: 1, lr: 1, tokens: 100, perSecond: 50 });
const result = (step: number, validLoss: number, score: number) => ({
  step,
  result: { step, validLoss, score, scoreName: 'BLEU' },
});

/** A folder as a run of translation leaves it. */
async function madeRun(folder: string, settings: Line, log: readonly Line[]): Promise<string> {
  mkdirSync(join(folder, 'model'), { recursive: true });
  await tinyModel(join(folder, 'model'));
  const facts = { train: { pairs: 3, sha256: 'a' }, valid: { pairs: 2, sha256: 'b' } };
  const all = {
    format: 'ringformer-run/2',
    architecture: 'ring',
    smoothing: 0.1,
    seed: 1,
    source: 'x',
    facts,
    ...settings,
  };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(all));
  writeFileSync(join(folder, 'log.jsonl'), log.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return folder;
}

const seeds = (folder: string, list: readonly number[]) =>
  writeFileSync(join(folder, 'seeds.json'), JSON.stringify({ format: 'ringformer-seeds/1', seeds: list, given: {} }));

/** Three seeds of one run, and another run that is not finished. */
async function prepare() {
  const folder = scratch();
  const at = (...names: string[]) => join(folder, ...names);
  for (const [seed, loss, score] of [
    [1, 2, 10],
    [2, 3, 20],
    [3, 4, 60],
  ] as const) {
    const log = [
      update(1, loss + 1),
      { step: 1, validLoss: loss, score: score - 5 },
      update(2, loss),
      result(2, loss, score),
    ];
    await madeRun(at('three', `seed-${seed}`), { seed }, log);
  }
  seeds(at('three'), [1, 2, 3]);
  const log = [update(1, 9), { step: 1, validLoss: 8.5, score: 3 }, update(2, 7), { step: 2, loss: 'NaN' }];
  await madeRun(at('other'), { lr: 5 }, log);
  return { at };
}

test('means and spreads of seeds, costs and times, in a table that fits 80 columns', async () => {
  const { at } = await prepare();
  const { code, out, err } = await cli(['compare', at('three'), at('other')]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(/^run +seeds +updates +valid loss +BLEU$/);
  expect(lines[1]).toMatch(/^three +3 +2 +3\.0000 ± 1\.0000 +30\.00 ± 26\.46$/); // √((400 + 100 + 900) / 2)
  expect(lines[2]).toMatch(/^other\* +1 +2 +8\.5000 +3\.00$/);
  expect(lines[4]).toMatch(/^run +parameters +mult–adds +reads +training +tokens\/s$/);
  expect(lines[5]).toMatch(/^three +[\d.]+ k +[\d.]+ [kM] +[\d.]+ [kM]B +4\.0 s +50$/);
  expect(out).toContain('Not all runs are finished (*)');
});

test('JSON has every run, its curves and their means', async () => {
  const { at } = await prepare();
  const { out } = await cli(['compare', at('three'), '--json', '-o', at('report')]);
  const found = JSON.parse(out);
  expect(JSON.parse(readFileSync(at('report/compare.json'), 'utf8'))).toEqual(found);
  expect(found).toMatchObject({ task: 'translation', scoreName: 'BLEU', unit: 'token', remarks: [] });
  const [group] = found.groups;
  expect(group.runs.map(({ seed, score }: Line) => [seed, score])).toEqual([
    [1, 10],
    [2, 20],
    [3, 60],
  ]);
  expect(group.curves.validLoss).toEqual([[1, 3]]);
  expect(group.curves.score).toEqual([[1, 25]]);
  expect(group.runs[1].curves.loss).toEqual([
    [1, 4],
    [2, 3],
  ]);
  expect(group.summary.seconds).toEqual({ mean: 4, deviation: 0 });
  const cost = JSON.parse((await cli(['cost', '-m', at('three/seed-1/model'), '--json'])).out);
  expect(group.parameters).toEqual(cost.parameters);
  expect(group).toMatchObject({
    cost: cost.cost,
    bytes: 4 * cost.parameters.total,
    bytesRead: 4 * cost.cost.weightReads,
  });
});

test('runs that differ only in their seeds are a group wherever they lie; names are as short as they can be', async () => {
  const folder = scratch();
  const run = async (path: string, settings: Line) => {
    await madeRun(join(folder, path), settings, [update(1, 1), result(1, 1, 1)]);
    return join(folder, path);
  };
  const a = await run('x/a', { seed: 1 });
  const b = await run('x/b', { seed: 2, source: 'elsewhere' });
  const c = await run('y/a', { seed: 3, lr: 7 });
  const again = await run('z/a', { seed: 1, dim: 16 });
  const { groups } = JSON.parse((await cli(['compare', a, b, c, again, a, '--json'])).out);
  expect(groups.map(({ name, runs }: { name: string; runs: Line[] }) => [name, runs.map(({ seed }) => seed)])).toEqual([
    [`${join('x', 'a')} …`, [1, 2]],
    [join('y', 'a'), [3]],
    [join('z', 'a'), [1]],
  ]);
});

test('what cannot be read is left out and named; the others are compared', async () => {
  const { at } = await prepare();
  writeFileSync(at('three/seed-2/log.jsonl'), 'not JSON\nnor this\n');
  mkdirSync(at('empty'));
  mkdirSync(at('unbegun'));
  seeds(at('unbegun'), [1]);
  const { code, out, err } = await cli(['compare', at('three'), at('empty'), at('unbegun'), at('other/model')]);
  expect(code).toBe(1);
  expect(out).toMatch(/^three +2 +2 +3\.0000 ± 1\.4142 +35\.00/m);
  expect(err).toMatch(/^Left out:\n.*seed-2.*is not a JSON-lines log/);
  expect(err).toContain(`${at('empty')} is not a training run: it has no run.json.`);
  expect(err).toContain('none of its runs has begun');
  expect(err).toContain(`Did you mean ${at('other')}?`);
  const none = await cli(['compare', at('empty')]);
  expect(none).toMatchObject({ code: 1, out: '', err: expect.stringContaining('There is nothing to compare.') });
  expect((await cli(['compare'])).code).toBe(2);
  expect(existsSync(at('report'))).toBe(false);
  expect(readdirSync(at('three')).sort()).toEqual(['seed-1', 'seed-2', 'seed-3', 'seeds.json']);
});

test('remarks on what cannot be compared', async () => {
  const folder = scratch();
  const one = await madeRun(join(folder, 'one'), {}, [update(1, 1), result(1, 1, 1)]);
  const two = await madeRun(join(folder, 'two'), { smoothing: 0, facts: { valid: { sha256: 'c' } } }, [update(1, 1)]);
  const path = join(two, 'model/tokenizer.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('{', '{ '));
  const { out } = await cli(['compare', one, two]);
  for (const remark of [
    'Judged on different data',
    'different tokenizers',
    'label smoothing',
    'Not all runs are finished',
  ])
    expect(out).toContain(remark);
  const vision = await madeRun(join(folder, 'vision'), {}, [update(1, 1)]);
  writeFileSync(join(vision, 'model/config.json'), writeVision(vitConfig()));
  const { code, err } = await cli(['compare', one, vision]);
  expect(code).toBe(1);
  expect(err).toMatch(/one translates and .*vision classifies images: compare runs of one kind/);
  writeFileSync(join(vision, 'model/config.json'), '{"format":"ringformer-vit/1"}');
  expect((await cli(['compare', one, vision])).err).toMatch(/vision: The configuration is not valid/);
});

const made = (given: Partial<Run>): Run =>
  ({ task: 'vision', settings: {}, curves: { loss: [], validLoss: [], score: [] }, ...given }) as Run;

test('curves are averaged where all runs have a point; nothing is made up', () => {
  const curve = (points: [number, number][]) => made({ curves: { loss: [], validLoss: points, score: [] } });
  const group = {
    name: 'a',
    runs: [
      curve([
        [1, 2],
        [2, 4],
        [3, 5],
      ]),
      curve([
        [1, 4],
        [3, 9],
      ]),
    ] as const,
  };
  expect(meanCurve(group as never, 'validLoss')).toEqual([
    [1, 3],
    [3, 7],
  ]);
  const alone = { name: 'b', runs: [made({ seconds: 0, count: 0, steps: 0, finished: false })] as const };
  expect(summaryOf(alone as never)).toMatchObject({ validLoss: undefined, perSecond: undefined, seconds: { mean: 0 } });
  expect(remarksOn(groupRuns([{ path: 'b', runs: [...alone.runs] }]))).toHaveLength(1);
  expect([7.25, 59, 120, 5999, 7200].map(duration)).toEqual(['7.3 s', '59 s', '2.0 min', '100.0 min', '2.0 h']);
});

test('the report is one file that loads nothing, with every curve, its numbers and its pictures beside it', async () => {
  const { at } = await prepare();
  const { code, err } = await cli(['compare', at('three'), at('other'), '-o', at('report')]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const names = ['cost', 'parameters', 'score', 'score-by-parameters', 'time', 'training-loss', 'valid-loss'];
  expect(readdirSync(at('report')).sort()).toEqual(
    ['compare.html', 'compare.json', ...names.map((name) => `${name}.svg`)].sort(),
  );
  const html = readFileSync(at('report/compare.html'), 'utf8');
  expect(html).not.toMatch(/(?:src|href)="(?!#|data:)/);
  for (const name of names) expect(html).toContain(`id="${name}"`);
  expect(html).toContain('BLEU 30.00 ± 26.46, loss 3.0000 ± 1.0000');
  expect(html).toContain('three ends best, at 30.00 ± 26.46.');
  expect(html).toContain('Not all runs are finished');
  const picture = /download="valid-loss.json" href="data:application\/json;base64,([^"]+)"/.exec(html)![1]!;
  const { series, y } = JSON.parse(Buffer.from(picture, 'base64').toString());
  expect(series).toEqual([
    { name: 'three (3)', as: 'line', points: [[1, 3]] },
    { name: 'other', as: 'line', points: [[1, 8.5]] },
  ]);
  expect([y.from <= 3, y.to >= 8.5]).toEqual([true, true]);
  const again = await cli(['compare', at('other'), '-o', at('report'), '--json']);
  expect(again.code).toBe(0);
  expect(readFileSync(at('report/compare.html'), 'utf8')).not.toContain('three');
});

test('the same run twice is one run; a damaged seeds.json is called so; the report is not written to stdout', async () => {
  const { at } = await prepare();
  const { out } = await cli(['compare', at('other'), `${at('other')}/`, join(at('three'), '..', 'other'), '--json']);
  expect(JSON.parse(out).groups).toHaveLength(1);
  mkdirSync(at('damaged'));
  writeFileSync(at('damaged', 'seeds.json'), '{"seeds":');
  expect((await cli(['compare', at('damaged')])).err).toContain('seeds.json is damaged');
  const dash = await cli(['compare', at('other'), '-o', '-']);
  expect(dash).toMatchObject({ code: 1, out: '', err: expect.stringContaining('cannot be - (stdout)') });
});

test('a log of 300,000 updates', async () => {
  const folder = join(scratch(), 'long');
  await madeRun(
    folder,
    {},
    Array.from({ length: 300_000 }, (_, i) => ({ step: i + 1, loss: 2 })),
  );
  const { code, out } = await cli(['compare', folder]);
  expect(code).toBe(0);
  expect(out).toContain('300,000');
});

test('names that take two columns a sign stay aligned', async () => {
  const folder = scratch();
  const names = ['日本語の実験', 'x', `a${'長'.repeat(30)}z`];
  for (const [i, name] of names.entries()) await madeRun(join(folder, name), { lr: i }, [result(2, 2, 10)]);
  const { out } = await cli(['compare', ...names.map((name) => join(folder, name))]);
  const lines = out.split('\n').slice(0, 4);
  expect(lines.map(visible)).toEqual(lines.map(() => visible(lines[0]!)));
  expect(lines.every((line) => visible(line) <= 80)).toBe(true);
});
