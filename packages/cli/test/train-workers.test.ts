import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratch } from './cli.ts';
import { stripes } from './stripes.ts';

// Threads start from the built program: Node.js 20 cannot read TypeScript.
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

function ringformer(...args: string[]): void {
  if (!existsSync(program)) throw new Error('This test runs the built program. Build it first: npm run build');
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}

const SIZES = { dim: 16, heads: 2, 'mlp-dim': 16, levels: 2, rank: 2, 'ffn-rank': 2, 'batch-size': 4, accumulate: 3 };
const COURSE = {
  steps: 5,
  warmup: 2,
  cooldown: 2,
  'evaluate-every': 3,
  'checkpoint-every': 2,
  'hold-out': 8,
  mixup: 0.3,
};

test('two threads train an image classifier to the same bits as one', () => {
  const folder = scratch();
  const data = stripes(join(folder, 'data'), 40);
  const flags = Object.entries({ ...SIZES, ...COURSE }).map(([name, value]) => `--${name}=${value}`);
  const checkpoints = ['1', '2'].map((workers) => {
    const output = join(folder, workers);
    ringformer('train', 'vision', '--data', data, '-o', output, '--workers', workers, ...flags);
    return readFileSync(join(output, 'checkpoint.safetensors'));
  });
  expect(checkpoints[0]?.equals(checkpoints[1] as Buffer)).toBe(true);
});
