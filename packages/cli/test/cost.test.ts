import { expect, test } from 'vitest';
import { cli, tinyModel } from './cli.ts';

test("the authors' sizes, before anything is trained", async () => {
  const { code, out, err } = await cli(['cost', '--size', 'B_16', '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const found = JSON.parse(out);
  expect(found.parameters.total).toBe(31_953_324); // params.json of the reference
  expect(found.reference).toBe(54_600_710_808); // flops.json of the reference
  const vanilla = JSON.parse((await cli(['cost', '--size', 'B_16', '--architecture', 'vanilla', '--json'])).out);
  expect(vanilla.parameters.total).toBe(86_416_360);
  expect(vanilla.vanilla.parameters).toEqual(vanilla.parameters);
});

test('a table that fits a terminal', async () => {
  const { code, out } = await cli(['cost', '--size', 'S_16', '--classes', '100']);
  expect(code).toBe(0);
  expect(out).toContain('S_16, ring, 6 levels, d 728, images of 224 × 224 in patches of 16');
  expect(out).toMatch(/ {2}total +8,824,348\n/); // 9,480,448 − 900 · 729
  expect(out).toMatch(/a vanilla Transformer of these sizes: [\d.]+ times the block parameters/);
});

test('a model, by its configuration', async () => {
  const { code, out } = await cli(['cost', '--model', await tinyModel(), '--source', '5', '--target', '7', '--json']);
  expect(code).toBe(0);
  const { parameters, cost, pass } = JSON.parse(out);
  expect(pass).toBe('reading 5 tokens and writing 7, one at a time');
  expect(parameters.total).toBeGreaterThan(0);
  expect(cost.flops).toBe(2 * cost.macs);
});

test('wrong calls', async () => {
  expect(await cli(['cost', '--size', 'B_16', '-m', 'x'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Give --size or --model'),
  });
  expect((await cli(['cost', '--size', 'XL'])).code).toBe(2);
  expect((await cli(['cost', '-m', '/nowhere'])).err).toContain('There is no model at /nowhere');
  expect((await cli(['cost', '--size', 'S_16', '--image-size', '100'])).err).toContain('multiple of patchSize');
});

test('an ablation of a size', async () => {
  const { code, out, err } = await cli(['cost', '--size', 'S_16', '--ablation', 'static']);
  expect(code, err).toBe(0);
  expect(out).toContain('S_16, ring with static signals, 6 levels');
  expect(out).toMatch(/ {2}signals +17,472 /); // 6 levels · 4 · 728
  expect((await cli(['cost', '--size', 'S_16', '--architecture', 'owf', '--ablation', 'static'])).err).toContain(
    "can only be chosen for the architecture 'ring'",
  );
});

test('a flag that would change nothing is refused', async () => {
  for (const [args, said] of [
    [['--size', 'small', '--classes', '5'], '--classes is for image classifiers, but small is a translation model'],
    [['--settings', 'cifar10', '--vocab', '100'], '--vocab is for translation models, but cifar10 is an image'],
    [['-m', await tinyModel(), '--classes', '5'], '--classes needs --size or --settings'],
    [['--architecture', 'vanilla'], '--architecture needs --size or --settings'],
    [['--settings', 'nope'], 'one of iwslt14, wmt14, cifar10'],
  ] as const) {
    const { code, out, err } = await cli(['cost', ...args]);
    expect(code).toBeGreaterThan(0);
    expect(out).toBe('');
    expect(err).toContain(said);
  }
});
