import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';

const WORDS = { rot: 'red', blau: 'blue', hund: 'dog', katze: 'cat', haus: 'house', ist: 'is', das: 'the' };

/** Two files of sentences, all different, and the flags that name them. */
function corpus(folder: string): string[] {
  const german = Object.keys(WORDS);
  const lines = Array.from({ length: 40 }, (_, i) => [i, 3 * i + 1, 5 * i + 2].map((at) => german[at % 7] as string));
  const english = lines.map((line) => line.map((word) => WORDS[word as keyof typeof WORDS]));
  const [source, target] = [lines, english].map((text, i) => {
    const path = join(folder, `text.${i}`);
    writeFileSync(path, `${text.map((line) => line.join(' ')).join('\n')}\n`);
    return path;
  }) as [string, string];
  return ['--source', source, '--target', target, '--valid-source', source, '--valid-target', target];
}

const SIZES = '--vocab 280 --dim 16 --mlp-dim 16 --heads 2 --encoder-levels 2 --decoder-levels 2 --max-length 40';
const RUN = '--warmup 1 --cooldown 0 --batch-tokens 256 --evaluate-every 2 --checkpoint-every 2 --average 1';

test.for(['vanilla', 'universal', 'owf'])('%s trains, resumes exactly, and translates', async (architecture) => {
  const folder = scratch();
  const flags = [...corpus(folder), '--architecture', architecture, ...`${SIZES} ${RUN}`.split(' ')];
  const run = async (name: string, steps: string) => {
    const { code, err } = await cli([
      'train',
      '--output',
      join(folder, name),
      '--steps',
      steps,
      '--lr',
      '3e-3',
      ...flags,
    ]);
    expect(code, err).toBe(0);
  };
  await run('whole', '4');
  await run('broken', '2');
  await run('broken', '4');
  const [whole, broken] = ['whole', 'broken'].map((name) =>
    readFileSync(join(folder, name, 'model/model.safetensors')),
  );
  expect(broken?.equals(whole as Buffer)).toBe(true);
  const losses = readFileSync(join(folder, 'whole/log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const valid = losses.flatMap(({ validLoss }) => validLoss ?? []);
  expect(valid.at(-1)).toBeLessThan(valid[0]);

  const again = ['--output', join(folder, 'again'), '--steps', '1', ...flags, '--lr', '0'];
  const { code: went, err: said } = await cli(['train', ...again, '--init', join(folder, 'whole/model')]);
  expect(went, said).toBe(0);
  for (const file of ['model.safetensors', 'tokenizer.json']) {
    const [from, to] = ['whole', 'again'].map((name) => readFileSync(join(folder, name, 'model', file)));
    expect(to?.equals(from as Buffer), file).toBe(true);
  }

  const translate = (...more: string[]) => cli(['translate', '--model', join(folder, 'whole'), ...more, 'das haus']);
  expect((await translate()).code).toBe(0);
  const { code, err } = await translate('--engine', 'wasm');
  expect(code).toBe(1);
  expect(err).toContain(`no wasm engine for architecture '${architecture}'`);
});
