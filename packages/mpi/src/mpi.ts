import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, RingformerError, threadArgs } from '@ringformer/core/base';
import type { Collective } from './collective.ts';
import { launchedSize } from './library.ts';
import type { MpiAnswer, MpiCall, MpiThreadData } from './messages.ts';

export type MpiOptions = {
  /** Seconds that a call, or the start, waits for the other ranks before this one ends them all. Default: 1800. */
  readonly timeLimit?: number;
  /** Where the launcher's variables and RINGFORMER_MPI are. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends this process if it is aborted while the other ranks haven't joined. */
  readonly signal?: AbortSignal;
};

const TIME_LIMIT = 1800;
/** Longer timers end at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Transports rewrite the C library's brk and mmap in the running process to learn of freed memory: UCX itself, Open MPI's
 * patcher for UCX, and libfabric, unless it watches by userfaultfd. With Node.js' threads that corrupts the heap now and then.
 * UCX' handler of SIGSEGV takes the place of WebAssembly's.
 */
const NO_HOOKS = {
  UCX_MEM_EVENTS: 'n',
  UCX_HANDLE_ERRORS: 'none',
  OMPI_MCA_memory: '^patcher',
  FI_MR_CACHE_MONITOR: 'userfaultfd',
};
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './mpi-thread.ts' : './mpi-thread.js', import.meta.url);

/**
 * Joins the processes that `mpiexec`, `srun` or the like has started. MPI is called from one thread of its own, so this
 * one's event loop stays free.
 * @throws RingformerError 'no-backend' if koffi or an MPI library is missing, or not the launcher's
 */
export async function startMpi({
  timeLimit = TIME_LIMIT,
  env = process.env,
  signal,
}: MpiOptions = {}): Promise<Collective> {
  if (!(timeLimit > 0)) {
    throw new RingformerError('bad-argument', `[ringformer/mpi] timeLimit is ${timeLimit}; expected seconds above 0.`);
  }
  for (const [name, value] of Object.entries(NO_HOOKS)) process.env[name] ??= value;
  const control = new Int32Array(new SharedArrayBuffer(8));
  const data: MpiThreadData = { env: { ...env }, timeLimit, control: control.buffer };
  const thread = startThread(data);
  const late = setTimeout(
    () => {
      endAtOnce(
        `[ringformer/mpi] Not all ranks have joined after ${timeLimit} seconds. One of them has ended before it began, or hangs: see what it says.`,
      );
    },
    Math.min(LONGEST_MS, 1000 * timeLimit),
  );
  const stop = () => endAtOnce('Stopped before all ranks had joined.');
  signal?.addEventListener('abort', stop);
  const { rank, size, version, path } = await thread.started
    .catch(async (error) => {
      await thread.end();
      throw error;
    })
    .finally(() => {
      clearTimeout(late);
      signal?.removeEventListener('abort', stop);
    });
  joined = true;
  const expected = launchedSize(env);
  const collective = ranksOf(thread, control, { rank, size, version });
  if (expected !== undefined && expected !== size) {
    await collective.close();
    throw new RingformerError(
      'no-backend',
      `[ringformer/mpi] The launcher started ${expected} ranks, but ${version} (${path}) sees ${size}: the launcher belongs to another MPI. Use the mpiexec of ${version}, or name the launcher's library in RINGFORMER_MPI.`,
    );
  }
  return collective;
}

type Started = Extract<MpiAnswer, { started: unknown }>['started'];

function startThread(data: MpiThreadData) {
  const worker = new Worker(THREAD, { workerData: data, execArgv: threadArgs() });
  type Waiting = { resolve(answer: MpiAnswer): void; reject(error: Error): void };
  const waiting: Waiting[] = [];
  let failure: Error | undefined;
  const next = () => new Promise<MpiAnswer>((resolve, reject) => waiting.push({ resolve, reject }));
  const fail = (why: string) => {
    failure ??= new RingformerError('lost', `[ringformer/mpi] The thread that calls MPI is gone: ${why}.`);
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  worker.on('message', (answer: MpiAnswer) => {
    const asker = waiting.shift();
    if ('failed' in answer) {
      const { code, message } = answer.failed;
      asker?.reject(new RingformerError(code as ErrorCode, message));
    } else asker?.resolve(answer);
  });
  worker.on('error', (cause) => fail((cause as Error).message));
  worker.on('exit', (code) => fail(`it ended with code ${code}`));
  const started = next().then((answer) => (answer as { started: Started }).started);
  return {
    started,
    async ask(call: MpiCall): Promise<void> {
      if (failure) throw failure;
      const answer = next();
      worker.postMessage(call);
      await answer;
    },
    end: async () => void (await worker.terminate()),
  };
}

function ranksOf(
  thread: ReturnType<typeof startThread>,
  control: Int32Array,
  { rank, size, version }: { rank: number; size: number; version: string },
): Collective {
  let sent = 0;
  let closed = false;
  const reduce = async (values: Float32Array, mean: boolean) => {
    sent += values.byteLength;
    if (size === 1) return;
    const shared = values.buffer instanceof SharedArrayBuffer ? values : copyOf(values);
    await thread.ask({ call: 'reduce', values: shared, mean });
    if (shared !== values) values.set(shared);
  };
  return {
    kind: 'mpi',
    rank,
    size,
    says: version,
    sent: () => sent,
    allReduceSum: (values) => reduce(values, false),
    allReduceMean: (values) => reduce(values, true),
    async broadcast(bytes, root = 0) {
      if (rank === root) sent += bytes.length;
      if (size === 1) return;
      const shared =
        bytes.buffer instanceof SharedArrayBuffer ? bytes : new Uint8Array(new SharedArrayBuffer(bytes.length));
      if (shared !== bytes) shared.set(bytes);
      await thread.ask({ call: 'broadcast', bytes: shared, root });
      if (shared !== bytes) bytes.set(shared);
    },
    barrier: () => thread.ask({ call: 'barrier' }),
    async abort(reason) {
      writeSync(2, `ringformer: rank ${rank} of ${size}: ${reason}\n`);
      Atomics.store(control, 0, 1); // for a thread that waits; one that doesn't reads its messages
      setTimeout(() => endAtOnce(), ABORT_MS);
      await thread.ask({ call: 'abort' }).catch(() => {});
      process.exit(1);
    },
    async close() {
      if (closed) return;
      closed = true;
      await thread.ask({ call: 'barrier' });
      await thread.ask({ call: 'finalize' });
      await thread.end();
    },
  };
}

let joined = false;

/**
 * For a process that fails before it has joined the other ranks: ends it by a signal, so that its launcher ends them too.
 * MPICH's takes a plain exit for that of a program without MPI, and the others would wait for ever.
 */
export function endUnjoined(env: Readonly<Record<string, string | undefined>> = process.env): void {
  if (!joined && (launchedSize(env) ?? 1) > 1) process.kill(process.pid, 'SIGKILL');
}

/** Ends this process even if its other thread hangs in a call of MPI, which would keep it from exiting. */
function endAtOnce(reason?: string): void {
  if (reason) writeSync(2, `ringformer: ${reason}\n`);
  process.on('exit', () => process.kill(process.pid, 'SIGKILL'));
  process.exit(1);
}

/** If MPI itself can't end the ranks in this time, this process ends, and its launcher ends the others. */
const ABORT_MS = 10_000;

function copyOf(values: Float32Array): Float32Array {
  const shared = new Float32Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}
