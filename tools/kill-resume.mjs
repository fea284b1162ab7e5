// Trains a tiny model twice: once uninterrupted, and once killed with SIGKILL at random moments and resumed each time:
// the final checkpoints must be identical, byte for byte.
// Usage: node tools/kill-resume.mjs [--kills 10] [--workers 1] [--seed 1]   (after a build)
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const flag = (name, initial) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? Number(process.argv[at + 1]) : initial;
};
const kills = flag('kills', 10);
const workers = flag('workers', 1);
let seed = flag('seed', 1);

const program = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ringformer kill '));

/** Digits in German and in English: enough to learn from, and generated here. */
function corpus(name, count) {
  const numbers = [
    ['null', 'zero'],
    ['eins', 'one'],
    ['zwei', 'two'],
    ['drei', 'three'],
    ['vier', 'four'],
    ['fünf', 'five'],
    ['sechs', 'six'],
    ['sieben', 'seven'],
    ['acht', 'eight'],
    ['neun', 'nine'],
  ];
  const pairs = Array.from({ length: count }, (_, i) =>
    [...String(i * 7919 + count)].map((digit) => numbers[Number(digit)]),
  );
  for (const [side, column] of [
    ['de', 0],
    ['en', 1],
  ]) {
    writeFileSync(
      join(folder, `${name}.${side}`),
      pairs.map((pair) => pair.map((word) => word[column]).join(' ')).join('\n'),
    );
  }
}

const STEPS = 12 * kills;
const settings = {
  vocab: 300,
  dim: 32,
  'mlp-dim': 64,
  heads: 4,
  'encoder-levels': 2,
  'decoder-levels': 2,
  rank: 2,
  'batch-tokens': 256,
  'max-length': 64,
};
const schedule = {
  steps: STEPS,
  warmup: 10,
  'evaluate-every': 20,
  'evaluate-sentences': 4,
  'checkpoint-every': 5,
  average: 2,
};

function start(output) {
  const files = { source: 'train.de', target: 'train.en', 'valid-source': 'valid.de', 'valid-target': 'valid.en' };
  const flags = [
    ...Object.entries(files).map(([name, file]) => `--${name}=${join(folder, file)}`),
    ...Object.entries({ ...settings, ...schedule, workers }).map(([name, value]) => `--${name}=${value}`),
  ];
  const child = spawn(process.execPath, [program, 'train', `--output=${output}`, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, said })));
  return { child, ended };
}

async function finish(output) {
  const began = performance.now();
  const { code, said } = await start(output).ended;
  if (code !== 0) throw new Error(`ringformer train ended with exit code ${code}:\n${said}`);
  return performance.now() - began;
}

const hash = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const stepOf = (output) => {
  const log = join(output, 'log.jsonl');
  return existsSync(log) ? Number(readFileSync(log, 'utf8').match(/"step":(\d+)(?!.*"step")/s)?.[1] ?? 0) : 0;
};

corpus('train', 400);
corpus('valid', 20);
try {
  const whole = join(folder, 'whole');
  const broken = join(folder, 'broken');
  const duration = await finish(whole);
  console.log(`uninterrupted: ${STEPS} updates in ${(duration / 1000).toFixed(1)} s`);
  for (let i = 0; i < kills; i++) {
    const { child, ended } = start(broken);
    // Progress since the last checkpoint is lost: wait for a few updates beyond it, then for a random moment within one.
    const until = Math.min(STEPS - 1, stepOf(broken) + 1 + Math.floor(12 * random()));
    const watch = setInterval(() => {
      if (stepOf(broken) >= until) setTimeout(() => child.kill('SIGKILL'), 300 * random());
    }, 10);
    const { signal } = await ended;
    clearInterval(watch);
    console.log(`run ${i + 1}: ${signal ?? 'ended by itself'} after update ${stepOf(broken)}`);
  }
  await finish(broken);
  let same = true;
  for (const file of ['checkpoint.safetensors', 'model/model.safetensors', 'model/tokenizer.json']) {
    const [a, b] = [hash(join(whole, file)), hash(join(broken, file))];
    same &&= a === b;
    console.log(`${a === b ? 'same' : 'DIFFERENT'}  ${file}  ${a.slice(0, 16)}  ${b.slice(0, 16)}`);
  }
  process.exitCode = same ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
