import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spreadOf, spreadText } from '../src/statistics.ts';
import { cli, scratch } from './cli.ts';
import { stripes } from './stripes.ts';

const SIZES = { dim: 8, heads: 2, mlpDim: 8, levels: 1, rank: 1, ffnRank: 1, patchSize: 4, batchSize: 8 };
const COURSE = { steps: 4, warmup: 1, cooldown: 0, evaluateEvery: 2, checkpointEvery: 1, lr: 0.01 };

function prepare() {
  const folder = scratch();
  stripes(join(folder, 'data'), 24);
  writeFileSync(join(folder, 'small.json'), JSON.stringify({ ...SIZES, ...COURSE }));
  const at = (...names: string[]) => join(folder, ...names);
  const begin = ['--settings', at('small.json'), '--data', at('data')];
  const train = (run: string, ...more: string[]) => cli(['train', 'vision', '-o', at(run), ...more]);
  return { at, train, start: (run: string, ...more: string[]) => train(run, ...begin, ...more) };
}

const model = (...path: string[]) => readFileSync(join(...path, 'model/model.safetensors'), 'base64');

test('mean and standard deviation of a sample, by hand', () => {
  expect(spreadOf([1, 2, 6])).toEqual({ mean: 3, deviation: Math.sqrt((4 + 1 + 9) / 2) });
  expect(spreadOf([5])).toEqual({ mean: 5 });
  expect([spreadText(spreadOf([5]), 1), spreadText(spreadOf([1, 2]), 2)]).toEqual(['5.0', '1.50 ± 0.71']);
});

test('each seed is a run of its own, the same as one alone; finished ones are left as they are', async () => {
  const { at, start, train } = prepare();
  const first = await start('runs', '--seeds', '3', '--seed', '4', '--json');
  expect(first.code, first.err).toBe(0);
  expect(readdirSync(at('runs')).sort()).toEqual(['seed-4', 'seed-5', 'seed-6', 'seeds.json']);
  const result = JSON.parse(first.out);
  expect(result).toMatchObject({ scoreName: 'accuracy', seeds: [{ seed: 4 }, { seed: 5, step: 4 }, { seed: 6 }] });
  const losses = result.seeds.map(({ validLoss }: { validLoss: number }) => validLoss);
  expect(result.validLoss).toEqual(spreadOf(losses));
  expect(new Set(losses).size).toBe(3);
  expect(first.err).toContain(`3 seeds, mean ± standard deviation: valid loss ${spreadText(spreadOf(losses), 4)}`);
  expect((await start('alone', '--seed', '5')).code).toBe(0);
  expect(model(at('runs/seed-5'))).toBe(model(at('alone')));

  const again = await train('runs', '--json'); // no flags are needed
  expect(JSON.parse(again.out)).toEqual(result);
  expect(again.err.match(/: finished/g)).toHaveLength(3);
  const longer = await train('runs', '--steps', '6', '--seeds', '4', '--json');
  expect(JSON.parse(longer.out).seeds.map(({ step }: { step: number }) => step)).toEqual([6, 6, 6, 6]);
  expect((await start('alone', '--seed', '5', '--steps', '6')).code).toBe(0);
  expect(model(at('runs/seed-5'))).toBe(model(at('alone')));
});

test('a stop in the middle: the same command goes on to the same bits', async () => {
  const { at, start, train } = prepare();
  expect((await start('whole', '--seeds', '2')).code).toBe(0);
  const controller = new AbortController();
  const running = cli(
    ['train', 'vision', '-o', at('runs'), '--settings', at('small.json'), '--data', at('data'), '--seeds', '2'],
    { signal: controller.signal },
  );
  const log = at('runs/seed-2/log.jsonl');
  while (!existsSync(log) || readFileSync(log, 'utf8').split('\n').length < 4)
    await new Promise((go) => setTimeout(go, 2));
  controller.abort('SIGINT');
  const stopped = await running;
  expect(stopped.code).toBe(130);
  expect(stopped.err).toContain(`Resume with: ringformer train vision --output '${at('runs')}'`);
  const resumed = await train('runs');
  expect(resumed.code, resumed.err).toBe(0);
  expect(resumed.err).toContain('seed 1 (1 of 2): finished');
  for (const seed of ['seed-1', 'seed-2']) expect(model(at('runs', seed))).toBe(model(at('whole', seed)));
});

test('what cannot be: a single run as several, fewer seeds, damage; a failed start leaves nothing', async () => {
  const { at, start, train } = prepare();
  const wrong = await start('never', '--seeds', '2', '--heads', '3');
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('dim 8 is not a multiple of heads 3') });
  expect(existsSync(at('never'))).toBe(false);
  expect((await start('one')).code).toBe(0);
  expect((await start('one', '--seeds', '2')).err).toContain('holds a single run. Leave --seeds out');
  expect((await start('runs', '--seeds', '2')).code).toBe(0);
  expect((await train('runs', '--seeds', '1')).err).toContain('holds the seeds 1, 2, and seed 2 would be left out');
  expect((await train('runs', '--seed', '2')).err).toContain(
    'seed 1 would be left out. Give --seeds at least 2 and leave',
  );
  writeFileSync(at('runs/seeds.json'), '{"format":');
  expect((await train('runs')).err).toContain("seeds.json is damaged: expected JSON of format 'ringformer-seeds/1'");
  expect((await cli(['train', 'vision', '-o', at('x'), '--seeds', '0'])).code).toBe(2);
});

test('one seed that diverges does not cost the others', async () => {
  const { start, train } = prepare();
  const { code, err } = await start('again', '--seeds', '2', '--lr', '1e30', '--clip-norm', '0');
  expect(code).toBe(1);
  expect(err).toMatch(/2 of 2 seeds diverged:\nseed 1: .*\nseed 2: .*Resume with.* --output '.*again' --lr 0\.0005/);
  expect((await train('again', '--lr', '0.01')).code).toBe(0);
});
