import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Tree } from '@ringformer/core';
import { joinThreads, startThreads } from '@ringformer/mpi';
import { beforeAll, expect, test, vi } from 'vitest';
import { startBackend } from '../src/backends.ts';
import { trainFrom } from '../src/train/index.ts';
import type { CommonSettings } from '../src/train/settings.ts';
import type { Subject } from '../src/train/subject.ts';
import { TRANSLATION } from '../src/train/translation/index.ts';
import { VISION } from '../src/train/vision/index.ts';
import { cli, scratch, sink } from './cli.ts';
import { mixture } from './mixture.ts';
import { farthest } from './mpi.ts';
import { stripes } from './stripes.ts';

vi.setConfig({ testTimeout: 120_000 });
const wasm = () => startBackend('wasm', { threads: 1 });
beforeAll(async () => void (await wasm())); // it can't be started twice at the same time

// Ranks that take turns in this process: what they say to each other is what MPI would carry (see train-distributed.test.ts).
type Given = Readonly<Record<string, number | string>>;
const texts = (given: Given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, `${value}`]));

/** Trains with one rank for each set of flags. Returns how each ended: 'fine', or its error; and what rank 0 said. */
async function together<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  ...flags: readonly Given[]
) {
  return togetherOn(wasm, subject, ...flags);
}

async function togetherOn<S extends CommonSettings, P extends Tree, Batch>(
  start: (rank: number) => Promise<Backend>,
  subject: Subject<S, P, Batch>,
  ...flags: readonly Given[]
) {
  const first = startThreads(flags.length, 1 << 22);
  const ranks = [first, ...first.seats.map(joinThreads)];
  const outputs = flags.map(() => sink());
  const ends = await Promise.all(
    ranks.map(async (collective, rank) => {
      const [stderr] = outputs[rank] as ReturnType<typeof sink>;
      const io = { stdin: process.stdin, stdout: stderr, stderr, env: {}, signal: new AbortController().signal };
      const given = texts(flags[rank] as Given);
      return trainFrom(subject, given, () => start(rank), io, collective).then(() => 'fine', String);
    }),
  );
  await Promise.all(ranks.map((one) => one.close()));
  return { ends, said: outputs[0]?.[1]() };
}

const checkpoint = (output: string) => join(output, 'checkpoint.safetensors');

test.each(['a pair of files', 'a mixture with augmentation and BPE dropout'])(
  'translation from %s: 2 ranks train to the weights of one process',
  async (what) => {
    const folder = scratch();
    const { flags, files } = mixture(folder);
    const words = (what === 'a pair of files' ? files : flags).flatMap((word) => word.split(/(?<=^--[a-z-]+)=/));
    const pairs = Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i]?.slice(2), words[2 * i + 1]]);
    const course = { steps: 6, accumulate: 4, epsilon: 1e-4, 'evaluate-sentences': 0, ...Object.fromEntries(pairs) };
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const typed = Object.entries({ ...course, output: one }).map(([name, value]) => `--${name}=${value}`);
    const { code, err } = await cli(['train', ...typed]);
    expect(code, err).toBe(0);
    const { ends } = await together(TRANSLATION, { ...course, output: two }, { ...course, output: two });
    expect(ends).toEqual(['fine', 'fine']);
    expect(farthest(checkpoint(two), checkpoint(one))).toBeLessThan(1e-6);
  },
);

const VISION_FLAGS = {
  ...{ dim: 16, heads: 2, 'mlp-dim': 16, levels: 2, rank: 2, 'ffn-rank': 2, 'batch-size': 2, accumulate: 2 },
  ...{ steps: 50, warmup: 2, cooldown: 2, 'evaluate-every': 50, 'checkpoint-every': 50, 'hold-out': 8 },
};

function vision() {
  const folder = scratch();
  const data = stripes(join(folder, 'data'), 40);
  return { folder, flags: { ...VISION_FLAGS, data, output: join(folder, 'run') } };
}

test('local steps send as many times fewer bytes as there are steps between averages, and report all images too', async () => {
  const { folder, flags } = vision();
  const logged = async (output: string, more: Given) => {
    const given = { ...flags, ...more, output: join(folder, output) };
    expect((await together(VISION, given, given)).ends).toEqual(['fine', 'fine']);
    const lines = readFileSync(join(folder, output, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const records = lines.map((line) => JSON.parse(line) as { sentBytes?: number; images?: number });
    const sum = (name: 'sentBytes' | 'images') => records.reduce((all, record) => all + (record[name] ?? 0), 0);
    return { sent: sum('sentBytes'), images: sum('images') };
  };
  const [each, local] = [await logged('each', {}), await logged('local', { 'local-steps': 50 })];
  expect(each.sent / local.sent).toBeGreaterThan(49);
  expect(each.sent / local.sent).toBeLessThan(50.5);
  expect([each.images, local.images]).toEqual([200, 200]);
});

test('ranks that are told different things stop before they begin', async () => {
  const { folder, flags } = vision();
  const { output: _, ...nowhere } = flags;
  const other = stripes(join(folder, 'other'), 48);
  const said = async (second: Given) => (await together(VISION, flags, second)).ends[0];
  expect(await said({ ...flags, lr: 1e-3 })).toContain('rank 1 of 2: lr is 0.001, but rank 0 has 0.0005.');
  expect(await said({ ...flags, data: other })).toContain('rank 1 of 2: train is [');
  expect(await said({ ...flags, data: join(folder, 'none') })).toMatch(/rank 1 of 2: .*none/);
  expect(await said({ ...flags, seeds: 2 })).toContain('rank 1 of 2: --seeds and --distributed do not go together');
  expect(await said(nowhere)).toMatch(/rank 1 of 2: .*--output is missing/s);
  expect((await together(VISION, nowhere, flags)).ends[0]).toMatch(/^UsageError: .*--output is missing/s);
  expect(readdirSync(folder)).not.toContain('run');
});

test.each([
  [{ accumulate: 1 }, 'accumulate is 1, but there are 2 ranks'],
  [{ 'local-steps': 51 }, 'local-steps is 51, but the run only has 50 updates'],
  [{ 'local-steps': 20 }, 'Use a multiple, such as --evaluate-every 60.'],
  [{ 'local-steps': 10, accumulate: 3 }, 'Use a multiple, such as --accumulate 4.'],
  [{ 'local-steps': -1 }, "--local-steps is '-1'; expected a number of at least 0."],
  [{ 'local-steps': 2.5 }, "--local-steps is '2.5'; expected a whole number."],
  [{ 'local-steps': 10, 'outer-momentum': 1 }, "--outer-momentum is '1'; expected a number below 1."],
])('%o is refused', async (more, why) => {
  const { folder, flags } = vision();
  const given = { ...flags, ...more };
  const { ends } = await together(VISION, given, given);
  expect(ends[0]).toContain(why);
  expect(ends[1]).toContain('Rank 0 failed');
  expect(readdirSync(folder)).not.toContain('run');
});

test('ranks with more batches than others train all the same, and rank 0 says what that costs', async () => {
  const { flags } = vision();
  const given = { ...flags, accumulate: 3, steps: 2, 'batch-size': 4 };
  const { ends, said } = await together(VISION, given, given);
  expect(ends).toEqual(['fine', 'fine']);
  expect(said).toContain('some wait while others compute their 2 batches. --accumulate 4 keeps all of them busy');
});

test('a rank whose backend cannot train, or does not start, ends the others', async () => {
  const { flags } = vision();
  const cannot = async (rank: number) => ({ ...(await wasm()), trains: rank === 0 });
  const { ends } = await togetherOn(cannot, VISION, flags, flags);
  expect(ends[0]).toContain("Thread 1: The backend 'wasm' cannot train");
  expect(ends[1]).toContain("The backend 'wasm' cannot train");
  const fails = (rank: number) => (rank === 0 ? wasm() : Promise.reject(new Error('no such device')));
  expect((await togetherOn(fails, VISION, flags, flags)).ends[0]).toContain('rank 1 of 2: no such device');
  expect(existsSync(flags.output)).toBe(false);
});

test('a rank that cannot store its state ends the others; the folder is free again', async () => {
  const { flags } = vision();
  mkdirSync(flags.output);
  writeFileSync(join(flags.output, 'ranks'), '');
  const given = { ...flags, 'local-steps': 1, steps: 2, 'evaluate-every': 2, 'checkpoint-every': 1 };
  const { ends } = await together(VISION, given, given);
  for (const end of ends) expect(end).toMatch(/Cannot make the directory .*rank-\d: a part of its path is a file/);
  expect(readdirSync(flags.output)).not.toContain('lock.json');
});
