import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { scratch } from './cli.ts';
import { alone, farthest, type Job, lacks, MPIS, type Mpi, mpirun, mpirunWith, rankProcess, reached } from './mpi.ts';
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
const LOCAL = { 'local-steps': 3 };

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

/** Runs that weren't broken, made once: the folder of the data, that of the run, and what it said. */
const whole = new Map<string, { readonly data: string; readonly output: string; readonly said: string }>();
const everything = mkdtempSync(join(tmpdir(), 'ringformer '));
afterAll(() => rmSync(everything, { recursive: true, force: true }));

async function unbroken(mpi: Mpi | undefined, ranks: number, more: Given = {}) {
  const name = JSON.stringify([mpi, ranks, more]).replace(/\W+/g, '-');
  const data = join(everything, 'data');
  if (!existsSync(data)) stripes(data, 40);
  const before = whole.get(name);
  if (before) return before;
  const output = join(everything, name);
  const args = command(data, output, more);
  const said = await succeeds(mpi ? mpirun(mpi, ranks, [...args, ...DISTRIBUTED]) : alone(...args));
  const found = { data, output, said };
  whole.set(name, found);
  return found;
}

test.skipIf(lacks('mpich'))('one rank trains to the same bits as no MPI', async () => {
  const { data, output: plain } = await unbroken(undefined, 1);
  const one = join(scratch(), 'one');
  const said = await succeeds(alone(...command(data, one), ...DISTRIBUTED));
  expect(bytesOf(one).equals(bytesOf(plain))).toBe(true);
  expect(said).toContain('no launcher started this process, so it trains by itself');
});

test.each(MPIS)('2 and 4 ranks of %s train to the weights of one process with the whole batch', async (mpi) => {
  if (lacks(mpi)) return;
  const one = await unbroken(undefined, 1);
  for (const ranks of [2, 4]) {
    const { said, output } = await unbroken(mpi, ranks);
    expect(farthest(checkpoint(output), checkpoint(one.output))).toBeLessThan(1e-6);
    expect(said).toContain(`${ranks} ranks, ${mpi === 'mpich' ? 'MPICH' : 'Open MPI'}`);
    expect(said).toMatch(/Each of \d ranks sent 11\.\d kB in an update; a vanilla .* 15\.\d kB, 1\.4 times as much/);
    expect(said.match(/update 6: valid loss/g)).toHaveLength(1); // only rank 0 reports
  }
});

test.each([
  ['openmpi', {}],
  ['mpich', LOCAL],
] as const)('a rank of %s killed with %o, and the job restarted: the unbroken run', async (mpi, more) => {
  if (lacks(mpi)) return;
  const folder = scratch();
  const { data, output: whole } = await unbroken(mpi, 2, more);
  const broken = join(folder, 'broken');
  const run = (output: string) => mpirun(mpi, 2, [...command(data, output, more), ...DISTRIBUTED]);
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
    const { data, output: whole } = await unbroken('mpich', 2, LOCAL);
    const stopped = join(folder, 'stopped');
    const more = { ...LOCAL, 'checkpoint-every': 100 };
    const run = (output: string) => mpirun('mpich', 2, [...command(data, output, more), ...DISTRIBUTED]);
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

test.each(MPIS)('ranks of %s that are told different things stop before they begin', async (mpi) => {
  if (lacks(mpi)) return;
  const folder = scratch();
  const data = stripes(join(folder, 'data'), 40);
  const own = [...command(data, join(folder, 'run')), ...DISTRIBUTED];
  const { code, err } = await mpirun(mpi, 2, own, [...own, '--precision', 'bf17']).ended; // it never calls MPI
  expect(code).not.toBe(0);
  expect(err).toContain("--precision is 'bf17'");
  if (mpi === 'openmpi') {
    const rate = await mpirun(mpi, 2, own, [...command(data, join(folder, 'run'), { lr: 1e-3 }), ...DISTRIBUTED]).ended;
    expect(rate.code).not.toBe(0);
    expect(rate.err).toContain('rank 1 of 2: lr is 0.001, but rank 0 has 0.0005.');
  }
  expect(readdirSync(folder)).not.toContain('run');
});

test.skipIf(lacks('mpich'))(
  'a job that waits for a rank ends when it is told to, or after the time limit',
  async () => {
    const folder = scratch();
    const own = [...command('none', join(folder, 'run')), ...DISTRIBUTED];
    const waits = (...more: string[]) => mpirunWith('mpich', own.concat(more), ['sleep', '100']);
    const limited = waits('--rank-timeout', '2');
    const { code, err } = await limited.ended;
    expect(code).not.toBe(0);
    expect(err).toContain('Not all ranks have joined after 2 seconds.');
    const stopped = waits();
    await sleep(3000);
    stopped.child.kill('SIGTERM');
    expect((await stopped.ended).code).not.toBe(0);
  },
);

test.skipIf(lacks('openmpi'))(
  "SIGUSR2 to Open MPI's launcher: a checkpoint and a clean end, however long that takes",
  async () => {
    const folder = scratch();
    const data = stripes(join(folder, 'data'), 40);
    const output = join(folder, 'run');
    const job = mpirun('openmpi', 2, [
      ...command(data, output, { steps: 4000, 'checkpoint-every': 4000 }),
      ...DISTRIBUTED,
    ]);
    await reached(output, 2);
    job.child.kill('SIGUSR2');
    expect((await job.ended).err).toMatch(/Stopped at update \d+ of 4000;/);
    expect(existsSync(checkpoint(output))).toBe(true);
  },
);

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
