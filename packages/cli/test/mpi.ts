import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@ringformer/core';

/** The program as built: MPI is called from a thread, and Node.js 20 cannot read TypeScript. */
export const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** MPI implementations of Debian's packages mpich and openmpi-bin. */
export const MPIS = ['mpich', 'openmpi'] as const;
export type Mpi = (typeof MPIS)[number];

const launcherOf = (mpi: Mpi): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, `mpiexec.${mpi}`))
    .find((path) => existsSync(path));

/** Whether tests that need it are skipped: only outside continuous integration, which installs it. */
export const lacks = (mpi: Mpi): boolean => {
  const missing = launcherOf(mpi) === undefined;
  if (missing && process.env.CI) throw new Error(`mpiexec.${mpi} is missing: apt-get install mpich openmpi-bin`);
  if (missing) console.warn(`Skipped: mpiexec.${mpi} is missing. Run: apt-get install mpich openmpi-bin`);
  return missing;
};

/** What Open MPI refuses without: to run as root, and more ranks than processors. */
const ENV = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  OMPI_MCA_btl_vader_single_copy_mechanism: 'none', // containers may not read each other's memory
};

export type Job = {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; err: string; out: string }>;
};

/** Starts `ringformer` with these arguments as a job of so many ranks; several lists are given to one rank each. */
export function mpirun(mpi: Mpi, size: number, ...args: readonly (readonly string[])[]): Job {
  const one = (list: readonly string[]) => [process.execPath, PROGRAM, ...list];
  const words =
    args.length === 1
      ? ['-n', String(size), ...one(args[0] as readonly string[])]
      : args.flatMap((list, i) => [...(i > 0 ? [':'] : []), '-n', '1', ...one(list)]);
  return started(launcherOf(mpi) as string, words);
}

/** The same with two ranks, of which the second is another program. */
export const mpirunWith = (mpi: Mpi, args: readonly string[], other: readonly string[]): Job =>
  started(launcherOf(mpi) as string, ['-n', '1', process.execPath, PROGRAM, ...args, ':', '-n', '1', ...other]);

export const alone = (...args: readonly string[]): Job => started(process.execPath, [PROGRAM, ...args]);

function started(command: string, args: readonly string[]): Job {
  const child = spawn(command, args, { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => (out += bytes));
  child.stderr.on('data', (bytes) => (err += bytes));
  const ended = new Promise<{ code: number | null; err: string; out: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, err, out })),
  );
  return { child, ended };
}

/** The process of one rank of the job that trains in `output`. */
export function rankProcess(output: string, rank: number): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0');
      const [command = '', , ...args] = read('cmdline');
      if (!command.endsWith('node') || !args.includes(output)) continue;
      const env = read('environ');
      if (env.includes(`PMI_RANK=${rank}`) || env.includes(`OMPI_COMM_WORLD_RANK=${rank}`)) return Number(pid);
    } catch {} // it has ended
  }
  throw new Error(`Rank ${rank} in ${output} isn't running.`);
}

/** Waits until the log of a run has come to an update. */
export async function reached(output: string, step: number): Promise<void> {
  const log = join(output, 'log.jsonl');
  for (let looks = 0; looks < 3000; looks++) {
    if (existsSync(log) && readFileSync(log, 'utf8').includes(`{"step":${step},"epoch"`)) return;
    await sleep(20);
  }
  throw new Error(`${log} never came to update ${step}.`);
}

/** The largest difference between the weights of two checkpoints. */
export function farthest(a: string, b: string): number {
  const [one, other] = [a, b].map((path) => readSafetensors(readFileSync(path)).tensors);
  let most = 0;
  for (const [name, { data }] of Object.entries(one ?? {})) {
    if (!name.startsWith('params.')) continue;
    const others = other?.[name]?.data as Float32Array;
    (data as Float32Array).forEach((x, i) => (most = Math.max(most, Math.abs(x - (others[i] as number)))));
  }
  return most;
}
