import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startWasm } from '@ringformer/wasm';
import { describe, expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';

const PRECISIONS: readonly ('bf16' | 'f16')[] = ['bf16', 'f16'];
const usable = new Set<string>();
for (const products of PRECISIONS) {
  await startWasm({ products }).then(
    () => usable.add(products),
    () => console.warn(`Training with products in ${products} is not tested: this machine has no kernels for it.`),
  );
}

const SIZES = '--vocab 280 --dim 40 --mlp-dim 48 --heads 2 --encoder-levels 2 --decoder-levels 1 --max-length 60';
const RUN =
  '--warmup 1 --cooldown 0 --batch-tokens 512 --evaluate-every 8 --checkpoint-every 2 --average 1 --evaluate-sentences 4';

function prepare() {
  const folder = scratch();
  const write = (name: string, line: (i: number) => string) => {
    const path = join(folder, name);
    writeFileSync(path, Array.from({ length: 40 }, (_, i) => `${line(i)}\n`).join(''));
    return path;
  };
  const source = write('text.de', (i) => `Tom ist ${i + 10} Jahre alt.`);
  const target = write('text.en', (i) => `Tom is ${i + 10} years old.`);
  const data = ['--source', source, '--target', target, '--valid-source', source, '--valid-target', target];
  const at = (run: string, ...names: string[]) => join(folder, run, ...names);
  const train = (run: string, steps: number, ...more: string[]) =>
    cli(['train', '-o', at(run), '--steps', `${steps}`, ...data, ...`${SIZES} ${RUN}`.split(' '), ...more]);
  const lastLoss = (run: string) =>
    readFileSync(at(run, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .findLast(({ loss }) => loss !== undefined).loss as number;
  return { at, train, lastLoss };
}

describe.each(PRECISIONS)('%s', (precision) => {
  test.skipIf(!usable.has(precision))(
    'a run resumes in the same precision without the flag, as if never interrupted, or in another one with it',
    async () => {
      const { at, train, lastLoss } = prepare();
      const { code, err } = await train('whole', 6, '--precision', precision);
      expect(code, err).toBe(0);
      expect(JSON.parse(readFileSync(at('whole', 'run.json'), 'utf8')).precision).toBe(precision);

      // another run in between, in this process, computes in f32
      expect((await train('broken', 3, '--precision', precision)).code).toBe(0);
      expect((await train('plain', 6)).code).toBe(0);
      expect((await train('broken', 6)).code).toBe(0);
      const [whole, broken, plain] = ['whole', 'broken', 'plain'].map((run) =>
        readFileSync(at(run, 'checkpoint.safetensors')),
      ) as [Buffer, Buffer, Buffer];
      expect(broken.equals(whole)).toBe(true);
      expect(plain.equals(whole)).toBe(false);
      expect(Math.abs(lastLoss('plain') - lastLoss('whole'))).toBeLessThan(0.02 * lastLoss('plain'));

      const changed = await train('whole', 8, '--precision', 'f32');
      expect(changed.code, changed.err).toBe(0);
      expect(readFileSync(at('whole', 'log.jsonl'), 'utf8')).toContain(
        `"changed":"precision","from":"${precision}","to":"f32"`,
      );
    },
  );

  test('another backend is refused, and nothing is left behind', async () => {
    const { at, train } = prepare();
    const { code, err } = await train('run', 2, '--precision', precision, '--backend', 'cpu');
    expect(code).not.toBe(0);
    expect(err).toContain(`--precision ${precision} needs --backend wasm`);
    expect(existsSync(at('run'))).toBe(false);
  });
});
