import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { scratch } from './cli.ts';
import { alone, farthest, type Job, lacks, MPIS, mpirun, rankProcess, reached } from './mpi.ts';
import { stripes } from './stripes.ts';

vi.setConfig({ testTimeout: 300_000 }); // each job starts several processes

// Adam divides by the size of a gradient, and so makes steps of the noise in one that is zero but for rounding (that of the
// keys' bias): with a larger ε it doesn't.
const SETTINGS = {
  ...{ dim: 16, heads: 2, 'mlp-dim': 16, levels: 2, rank: 2, 'ffn-rank': 2, 'batch-size': 4, accumulate: 4 },
  ...{ steps: 12, warmup: 2, cooldown: 2, 'evaluate-every': 6, 'checkpoint-every': 2, 'hold-out': 8, mixup: 0.3 },
  ...{ epsilon: 1e-4, threads: 1 },
};
const DISTRIBUTED = ['--distributed'];

type Given = Readonly<Record<string, number | string>>;
const command = (data: string, output: string, more: Given = {}) => [
  ...['train', 'vision', '--data', data, '-o', output],
  ...Object.entries({ ...SETTINGS, ...more }).map(([name, value]) => `--${name}=${value}`),
];

async function succeeds(job: Job): Promise<string> {
  const { code, err } = await job.ended;
  expect(code, err).toBe(0);
  return err;
}

/** Whatever the launcher has left of a rank. */
const end = (pid: number) => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it has ended it
};

const checkpoint = (output: string) => join(output, 'checkpoint.safetensors');
const bytesOf = (output: string) => readFileSync(checkpoint(output));
const sentIn = (output: string): number =>
  readFileSync(join(output, 'log.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .reduce((sum, line) => sum + ((JSON.parse(line) as { sentBytes?: number }).sentBytes ?? 0), 0);

test.skipIf(lacks('mpich'))('one rank trains to the same bits as no MPI', async () => {
  const folder = scratch();
  const data = stripes(join(folder, 'data'), 40);
  const [plain, one] = [join(folder, 'plain'), join(folder, 'one')];
  await succeeds(alone(...command(data, plain, { steps: 4 })));
  await succeeds(alone(...command(data, one, { steps: 4 }), ...DISTRIBUTED));
  expect(bytesOf(one).equals(bytesOf(plain))).toBe(true);
});

test.each(MPIS)('2 and 4 ranks of %s train to the weights of one process with the whole batch', async (mpi) => {
  if (lacks(mpi)) return;
  const folder = scratch();
  const data = stripes(join(folder, 'data'), 40);
  const at = (name: string) => join(folder, name);
  await succeeds(alone(...command(data, at('one'))));
  for (const ranks of [2, 4]) {
    const said = await succeeds(mpirun(mpi, ranks, [...command(data, at(`${ranks}`)), ...DISTRIBUTED]));
    expect(farthest(checkpoint(at(`${ranks}`)), checkpoint(at('one')))).toBeLessThan(1e-6);
    expect(said).toContain(`${ranks} ranks, ${mpi === 'mpich' ? 'MPICH' : 'Open MPI'}`);
    expect(said).toMatch(/Each of \d ranks sent 11\.\d kB in an update; a vanilla .* 15\.\d kB, 1\.4 times as much/);
    expect(said.match(/update 6: valid loss/g)).toHaveLength(1); // only rank 0 reports
  }
});

test.each([
  ['openmpi', {}],
  ['mpich', { 'local-steps': 3 }],
] as const)('a rank of %s killed with %o, and the job restarted: the unbroken run', async (mpi, more) => {
  if (lacks(mpi)) return;
  const folder = scratch();
  const data = stripes(join(folder, 'data'), 40);
  const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
  const run = (output: string) => mpirun(mpi, 2, [...command(data, output, more), ...DISTRIBUTED]);
  await succeeds(run(whole));
  const job = run(broken);
  await reached(broken, 5);
  process.kill(rankProcess(broken, 1), 'SIGKILL');
  expect((await job.ended).code).not.toBe(0);
  expect(await succeeds(run(broken))).toMatch(/resumed at update [2468]/);
  expect(bytesOf(broken).equals(bytesOf(whole))).toBe(true);
});

test.skipIf(lacks('mpich'))(
  'SIGTERM to mpiexec: a checkpoint, a clean end, and the unbroken run on resuming',
  async () => {
    const folder = scratch();
    const data = stripes(join(folder, 'data'), 40);
    const [whole, stopped] = [join(folder, 'whole'), join(folder, 'stopped')];
    const more = { 'local-steps': 4, 'evaluate-every': 8, 'checkpoint-every': 100 };
    const run = (output: string) => mpirun('mpich', 2, [...command(data, output, more), ...DISTRIBUTED]);
    await succeeds(run(whole));
    const job = run(stopped);
    await reached(stopped, 2);
    job.child.kill('SIGTERM');
    const { err } = await job.ended;
    expect(err).toMatch(/Stopped at update \d+ of 12;/);
    expect(await succeeds(run(stopped))).toMatch(/resumed at update \d+/);
    expect(bytesOf(stopped).equals(bytesOf(whole))).toBe(true);
    const { err: four, code } = await mpirun('mpich', 4, [
      ...command(data, stopped, { ...more, steps: 16 }),
      ...DISTRIBUTED,
    ]).ended;
    expect(code).not.toBe(0);
    expect(four).toContain('ranks 2, 3 have none');
  },
);

test.skipIf(lacks('mpich'))(
  'local steps send as many times fewer bytes as there are steps between averages',
  async () => {
    const folder = scratch();
    const data = stripes(join(folder, 'data'), 40);
    const more = { accumulate: 2, steps: 50, 'evaluate-every': 50, 'checkpoint-every': 50, 'batch-size': 2 };
    const [each, local] = [join(folder, 'each'), join(folder, 'local')];
    await succeeds(mpirun('mpich', 2, [...command(data, each, more), ...DISTRIBUTED]));
    await succeeds(mpirun('mpich', 2, [...command(data, local, { ...more, 'local-steps': 50 }), ...DISTRIBUTED]));
    expect(sentIn(each) / sentIn(local)).toBeGreaterThan(49);
    expect(sentIn(each) / sentIn(local)).toBeLessThan(50.5);
  },
);

test.skipIf(lacks('openmpi'))('ranks that are told different things stop before they begin', async () => {
  const folder = scratch();
  const [data, other] = [stripes(join(folder, 'data'), 40), stripes(join(folder, 'other'), 48)];
  const output = join(folder, 'run');
  const start = (first: string[], second: string[]) =>
    mpirun('openmpi', 2, [...first, ...DISTRIBUTED], [...second, ...DISTRIBUTED]).ended;
  const rate = await start(command(data, output), command(data, output, { lr: 1e-3 }));
  expect(rate.code).not.toBe(0);
  expect(rate.err).toContain('rank 1 of 2: lr is 0.001, but rank 0 has 0.0005.');
  const images = await start(command(data, output), command(other, output));
  expect(images.err).toContain('rank 1 of 2: train is [');
  const few = await mpirun('openmpi', 2, [...command(data, output, { accumulate: 1 }), ...DISTRIBUTED]).ended;
  expect(few.err).toContain('accumulate is 1, but there are 2 ranks');
  const missing = await start(command(data, output), command(join(folder, 'none'), output));
  expect(missing.err).toMatch(/ringformer: rank 1 of 2: .*none/);
  expect(readdirSync(folder)).not.toContain('run');
});

test.skipIf(lacks('mpich'))('a rank that hangs is noticed: all end, and say why', async () => {
  const folder = scratch();
  const data = stripes(join(folder, 'data'), 40);
  const output = join(folder, 'run');
  const job = mpirun('mpich', 2, [...command(data, output, { steps: 400 }), ...DISTRIBUTED, '--rank-timeout', '2']);
  await reached(output, 2);
  const pid = rankProcess(output, 1);
  onTestFinished(() => end(pid));
  process.kill(pid, 'SIGSTOP');
  const { code, err } = await job.ended;
  expect(code).not.toBe(0);
  expect(err).toContain('rank 0 of 2: no answer from the other ranks for 2 seconds');
});
