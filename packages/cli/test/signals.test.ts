import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goldenImage } from '@ringformer/test-tools/golden-files';
import { beforeAll, expect, test } from 'vitest';
import { scratch, tinyModel } from './cli.ts';
import { stripes } from './stripes.ts';

// Signals need processes, and these start from the built program: Node.js 20 cannot read TypeScript.
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
beforeAll(() => {
  if (!existsSync(program)) throw new Error('These tests run the built program. Build it first: npm run build');
});

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const SIGNALS = [...(Object.keys(CODES) as (keyof typeof CODES)[]), 'SIGKILL'] as const;
type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly err: string };
type Started = {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly said: () => string;
  readonly ended: Promise<Ended>;
};

function start(...argv: string[]): Started {
  const child = spawn(process.execPath, [program, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, err })));
  return { kill: (signal) => child.kill(signal), said: () => err, ended };
}
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The same "random" numbers each time. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Every file in a folder with its content. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(files.sort().map((path) => [path.slice(folder.length), readFileSync(path, 'latin1')]));
}

const COMMANDS: [name: string, argv: (model: string, output: string, text: string) => string[]][] = [
  ['translate', (m, o, text) => ['translate', '-m', m, '--max-length', '8', '--beam', '1', '-f', text, '-o', o]],
  ['evaluate', (m, o, text) => ['evaluate', '-m', m, '--max-length', '8', '-s', text, '-t', text, '-o', o]],
  [
    'analyse',
    (m, o, text) => ['analyse', 'cka', '-m', m, '-s', text, '-t', text, '--limit', '40', '--png', 'no', '-o', o],
  ],
  ['quantize', (m, o) => ['quantize', '-m', m, '-o', o]],
  ['export', (m, o) => ['export', m, '-o', o]],
  ['export --format onnx', (m, o) => ['export', m, '-o', o, '--format', 'onnx']],
  ['import', (m, o) => ['import', join(m, 'reference.safetensors'), '--heads', '2', '-o', o]],
];

test.each(COMMANDS)(
  '%s leaves a whole output or none, whenever it is stopped or killed',
  { timeout: 120_000 },
  async (name, argv) => {
    const model = await tinyModel();
    const text = join(scratch(), 'text');
    writeFileSync(text, 'guten Morgen\n'.repeat(300));
    if (name === 'import')
      expect(await start('export', model, '-o', join(model, 'reference.safetensors')).ended).toMatchObject({ code: 0 });
    const began = performance.now();
    const whole = scratch();
    expect(await start(...argv(model, join(whole, 'out'), text)).ended).toMatchObject({ code: 0 });
    const duration = performance.now() - began;
    const random = randomly(name.length);
    for (const signal of SIGNALS) {
      const folder = scratch();
      const command = argv(model, join(folder, 'out'), text);
      const { kill, ended } = start(...command);
      await wait((0.3 + 0.7 * random()) * duration);
      kill(signal);
      const { code, signal: by, err } = await ended;
      if (code !== 0 && by === null) expect(code, err).toBe(CODES[signal as keyof typeof CODES]);
      if (signal === 'SIGKILL' || code === 0) {
        if (!existsSync(join(folder, 'out'))) expect(await start(...command).ended).toMatchObject({ code: 0 });
        expect(contents(folder)).toEqual(contents(whole));
      } else expect(readdirSync(folder)).toEqual([]);
    }
  },
);

/** Commands that only print: [name, arguments, what a whole output is like]. */
const PRINTERS: [name: string, argv: (model: string, folder: string) => string[]][] = [
  ['classify', (_, folder) => ['classify', join(folder, 'images'), '--json']],
  [
    'evaluate --images',
    (_, folder) => ['evaluate', '--images', join(folder, 'classes'), '-o', join(folder, 'out/o.tsv')],
  ],
  ['inspect', (model) => ['inspect', model]],
  ['verify', () => ['verify', fixture]],
  ['doctor', (model) => ['doctor', '-m', model]],
];
const fixture = fileURLToPath(new URL('../../../fixtures/ring_a', import.meta.url));

test.each(PRINTERS)(
  '%s stops at once with the code of the signal, and leaves no file',
  { timeout: 120_000 },
  async (name, argv) => {
    const model = await tinyModel();
    const place = scratch();
    const image = readFileSync(goldenImage('gray.png'));
    for (const folder of ['images', 'classes/Bag', 'classes/Coat', 'out']) {
      mkdirSync(join(place, folder), { recursive: true });
      if (folder !== 'out') for (let i = 0; i < 150; i++) writeFileSync(join(place, folder, `${i}.png`), image);
    }
    const command = argv(model, place);
    const began = performance.now();
    expect(await start(...command).ended).toMatchObject({ code: 0 });
    const duration = performance.now() - began;
    rmSync(join(place, 'out'), { recursive: true });
    mkdirSync(join(place, 'out'));
    const before = [Object.keys(contents(place)), Object.keys(contents(model))];
    const random = randomly(name.length);
    for (const signal of SIGNALS) {
      const { kill, ended } = start(...command);
      await wait((0.3 + 0.7 * random()) * duration);
      kill(signal);
      const sent = performance.now();
      const { code, signal: by, err } = await ended;
      expect(performance.now() - sent).toBeLessThan(10_000);
      if (code === 0)
        rmSync(join(place, 'out/o.tsv'), { force: true }); // it was faster
      else if (by === null) expect(code, err).toBe(CODES[signal as keyof typeof CODES]);
      if (signal !== 'SIGKILL') expect([Object.keys(contents(place)), Object.keys(contents(model))]).toEqual(before);
    }
  },
);

test.each([
  ['translate', (path: string) => ['translate', '-f', path]],
  ['classify', (path: string) => ['classify', path]],
  ['train', (path: string) => [...translation(scratch(), 8, path), `--output=${join(scratch(), 'run')}`]],
])('%s stops although nobody writes into the pipe it reads', { timeout: 60_000 }, async (_, argv) => {
  const pipe = join(scratch(), 'pipe.png');
  execFileSync('mkfifo', [pipe]);
  const { kill, ended } = start(...argv(pipe));
  await wait(3000);
  kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 143 });
});

const GERMAN = ['rot', 'blau', 'hund', 'katze', 'haus', 'ist', 'das'];
const SETTINGS = {
  ...{ vocab: 280, dim: 16, 'mlp-dim': 16, heads: 2, 'encoder-levels': 1, 'decoder-levels': 1, rank: 2 },
  ...{ 'max-length': 48, 'batch-tokens': 128, accumulate: 1, warmup: 1, cooldown: 0, average: 2, lr: 0.003 },
  ...{ 'evaluate-every': 7, 'checkpoint-every': 4, 'evaluate-sentences': 3 },
};

/** Flags of a small translation run. */
function translation(folder: string, steps: number, source?: string): string[] {
  const lines = Array.from({ length: 60 }, (_, i) => [i, 3 * i + 1, 5 * i + 2].map((at) => GERMAN[at % 7]).join(' '));
  const text = join(folder, 'text');
  writeFileSync(text, `${lines.join('\n')}\n`);
  const texts = ['source', 'target', 'valid-source', 'valid-target'].map(
    (name) => `--${name}=${name === 'source' && source ? source : text}`,
  );
  return ['train', ...texts, ...Object.entries({ ...SETTINGS, steps }).map(([name, value]) => `--${name}=${value}`)];
}

/** Flags of a small vision run: images that are bright above or below. */
function vision(folder: string, steps: number): string[] {
  const data = stripes(join(folder, 'data'), 40);
  const sizes = { dim: 16, heads: 2, 'mlp-dim': 16, levels: 1, rank: 2, 'ffn-rank': 2, 'batch-size': 4, mixup: 0.3 };
  const course = {
    steps,
    warmup: 2,
    cooldown: 2,
    average: 2,
    'evaluate-every': 7,
    'checkpoint-every': 4,
    'hold-out': 8,
  };
  const flags = Object.entries({ ...sizes, ...course }).map(([name, value]) => `--${name}=${value}`);
  return ['train', 'vision', `--data=${data}`, ...flags];
}

const STEPS = 60;
const KILLS = 6;

/** What a finished run must hold to the bit, whatever happened on the way. */
const result = (run: string) => {
  const { '/checkpoint.safetensors': state, ...rest } = contents(run);
  const model = Object.fromEntries(Object.entries(rest).filter(([name]) => /^\/(model|snapshots)\//.test(name)));
  const names = Object.keys(rest).filter((name) => !name.startsWith('/events/'));
  return { state, model, names };
};

test.each([
  ['translation', translation],
  ['vision', vision],
])(
  'case text/12: a %s run that is stopped and killed at random ends with the same bits',
  { timeout: 180_000 },
  async (name, flagsOf) => {
    const folder = scratch();
    const flags = flagsOf(folder, STEPS);
    const whole = join(folder, 'whole');
    const broken = join(folder, 'broken');
    const began = performance.now();
    expect(await start(...flags, '-o', whole).ended).toMatchObject({ code: 0 });
    const duration = performance.now() - began;
    const random = randomly(name.length);
    for (let i = 0; i < KILLS; i++) {
      const signal = SIGNALS[i % SIGNALS.length] as (typeof SIGNALS)[number];
      const { kill, ended } = start(...flags, '-o', broken);
      await wait((0.2 + 0.6 * random()) * duration);
      kill(signal);
      const { code, signal: by, err } = await ended;
      if (code === 0) continue; // it was faster
      if (signal === 'SIGKILL' || by !== null) continue; // a signal can come before the program listens
      expect(code, err).toBe(CODES[signal]);
      expect(err).toMatch(
        /Stopped (at update \d+ of 60; .* Resume with: ringformer train|before)|Stopped\. .*finished/,
      );
      if (!existsSync(broken)) continue;
      expect(readdirSync(broken)).not.toContain('lock.json');
      expect(readdirSync(broken).filter((file) => file.endsWith('.tmp'))).toEqual([]);
      expect(existsSync(join(broken, 'model/model.safetensors'))).toBe(true);
    }
    expect(await start(...flags, '-o', broken).ended).toMatchObject({ code: 0 });
    expect(result(broken)).toEqual(result(whole));
  },
);

test('two programs cannot write one run; a killed one does not block it', { timeout: 120_000 }, async () => {
  const folder = scratch();
  const flags = [...translation(folder, 100_000), '-o', join(folder, 'run')];
  const first = start(...flags);
  while (!existsSync(join(folder, 'run', 'checkpoint.safetensors'))) await wait(20);
  const second = await start(...flags).ended;
  expect(second).toMatchObject({ code: 1 });
  expect(second.err).toMatch(/run is in use by process \d+ on .* Wait for it, stop it, or choose another --output\./);
  first.kill('SIGKILL');
  await first.ended;
  expect(readdirSync(join(folder, 'run'))).toContain('lock.json');
  const third = start(...flags);
  while (!third.said().includes('resumed at update')) await wait(20);
  third.kill('SIGHUP');
  expect(await third.ended).toMatchObject({ code: 129, err: expect.stringContaining('Stopped at update') });
  expect(readdirSync(join(folder, 'run'))).not.toContain('lock.json');
  rmSync(join(folder, 'run'), { recursive: true });
});

test('case text/11: training goes on when the reader of its progress leaves', { timeout: 120_000 }, async () => {
  const folder = scratch();
  const flags = [...translation(folder, 40), '-o', join(folder, 'run')];
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.once('data', () => {
    child.stderr.destroy();
    child.stdout.destroy();
  });
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(code).toBe(0);
  const log = readFileSync(join(folder, 'run', 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(log.at(-1)).toMatchObject({ step: 40 });
  expect(existsSync(join(folder, 'run', 'loss.svg'))).toBe(true);
});
