import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';
import { mixture } from './mixture.ts';

test('a run on a mixture resumes as if never interrupted, and its log says what each epoch read', async () => {
  const folder = scratch();
  const { flags, set } = mixture(folder);
  const run = (name: string, steps: number) =>
    cli(['train', '--output', join(folder, name), '--steps', String(steps), ...flags]);
  const { code, err } = await run('whole', 8);
  expect(code, err).toBe(0);
  expect(err).toContain('2 sources of 44 pairs (0 of the first epoch too long)');
  for (const steps of [3, 4, 8]) expect((await run('broken', steps)).code).toBe(0);
  const [whole, broken] = ['whole', 'broken'].map((name) => ({
    weights: readFileSync(join(folder, name, 'model/model.safetensors')),
    reads: readFileSync(join(folder, name, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ reads }) => reads),
  }));
  expect(broken?.weights.equals(whole?.weights as Buffer)).toBe(true);
  expect(broken?.reads).toEqual(whole?.reads);
  expect(whole?.reads.map(({ epoch }) => epoch)).toEqual(whole?.reads.map((_, epoch) => epoch));
  expect(whole?.reads.length).toBeGreaterThan(1);
  expect(whole?.reads[0].reads).toEqual({
    ages: { lines: 30, tokens: expect.any(Number) },
    words: { lines: 1, tokens: expect.any(Number) },
  });

  set(2);
  const changed = await run('broken', 9);
  expect(changed.code).toBe(1);
  expect(changed.err).toContain('has changed since this run began');
});

test('a run needs either a pair of files or a mixture', async () => {
  const folder = scratch();
  const { flags } = mixture(folder);
  const train = (...more: string[]) => cli(['train', '--output', join(folder, 'run'), '--steps', '1', ...more]);
  for (const more of [[...flags, '--source', join(folder, 'ages.de')], flags.slice(2)]) {
    const { code, err } = await train(...more);
    expect(code).toBe(1);
    expect(err).toContain('expected either --source and --target, or --mixture');
  }
});
