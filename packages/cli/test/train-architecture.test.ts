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
const RUN =
  '--warmup 1 --cooldown 0 --batch-tokens 256 --evaluate-every 2 --checkpoint-every 2 --average 1 --evaluate-sentences 4';

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

test.for([
  ['--ablation static', { signalKind: 'static' }],
  ['--signals none --random-depth 0.7 --norms shared', { signals: [], norms: 'shared' }],
  ['--signals ffn', { signals: ['ffn'] }],
  [
    '--signals value,query --signal-kind static --norms shared',
    { signals: ['query', 'value'], signalKind: 'static', norms: 'shared' },
  ],
] as const)('%s trains, resumes exactly, and translates on every engine', async ([given, members]) => {
  const folder = scratch();
  const flags = [...corpus(folder), ...`${SIZES} ${RUN.replaceAll('every 2', 'every 4')} --lr 3e-3`.split(' ')];
  const run = async (name: string, steps: string, ...more: string[]) => {
    const { code, err } = await cli(['train', '--output', join(folder, name), '--steps', steps, ...flags, ...more]);
    expect(code, err).toBe(0);
  };
  await run('whole', '20', ...given.split(' '));
  await run('broken', '8', ...given.split(' '));
  await run('broken', '20');
  const [whole, broken] = ['whole', 'broken'].map((name) =>
    readFileSync(join(folder, name, 'model/model.safetensors')),
  );
  expect(broken?.equals(whole as Buffer)).toBe(true);
  const config = JSON.parse(readFileSync(join(folder, 'whole/model/config.json'), 'utf8'));
  const { signals, signalKind, norms } = config;
  expect({ signals, signalKind, norms }).toEqual({ ...members });

  const model = join(folder, 'whole');
  const translate = (...more: string[]) => cli(['translate', ...more, '--beam', '1', 'das haus ist rot', 'hund']);
  const [engine, tensors] = [
    await translate('--model', model, '--engine', 'wasm'),
    await translate('--model', model, '--engine', 'tfjs'),
  ];
  expect(engine.code, engine.err).toBe(0);
  expect(tensors.out).toBe(engine.out);
  const cost = await cli(['cost', '--model', model]);
  expect(cost.code, cost.err).toBe(0);
  expect(cost.out.includes('signals  ')).toBe(config.signals?.length !== 0);
});

test('an ablation is given by name or in detail, and only to the ring', async () => {
  const folder = scratch();
  const run = (...more: string[]) => cli(['train', '--output', join(folder, 'run'), ...corpus(folder), ...more]);
  const both = await run('--ablation', 'static', '--norms', 'shared');
  expect(both.code).toBe(1);
  expect(both.err).toContain('expected either --ablation, or --signals, --signal-kind and --norms.');
  const odd = await run('--signals', 'query,fnn');
  expect(odd.err).toContain(
    "--signals is 'query,fnn'; expected all, none, attention, or some of query, key, value, ffn, separated by commas.",
  );
  const baseline = await run('--architecture', 'vanilla', '--ablation', 'no-signals');
  expect(baseline.err).toContain("signals can only be chosen for the architecture 'ring', not 'vanilla'");
});
