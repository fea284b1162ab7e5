// The one thread of a process that calls MPI. Calls that don't block are polled: so it can give up, or be told to, and a
// rank that waits leaves its processor to others.
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { isRingformerError } from '@ringformer/core/base';
import { type MpiLibrary, openMpi } from './library.ts';
import type { MpiAnswer, MpiCall, MpiThreadData } from './messages.ts';

const { env, timeLimit, control: shared } = workerData as MpiThreadData;
const control = new Int32Array(shared);
let mpi: MpiLibrary;
/** Values in one MPI call: its sum needs as much memory again. */
const MOST_VALUES = 1 << 22;
const MOST_BYTES = 1 << 26;
let summed: Float32Array | undefined;

const tell = (answer: MpiAnswer) => parentPort?.postMessage(answer);

function abort(): never {
  mpi.abort(1);
  process.exit(1);
}

const ranksText = () => `rank ${mpi.rank} of ${mpi.size}`;

/** Waits for what was begun. The longer it takes, the longer it sleeps between looks: at most a millisecond. */
function wait(what: string): void {
  const began = performance.now();
  while (!mpi.test()) {
    const passed = performance.now() - began;
    if (Atomics.load(control, 0) !== 0) abort();
    if (passed > 1000 * timeLimit) {
      writeSync(
        2,
        `ringformer: ${ranksText()}: no answer from the other ranks for ${timeLimit} seconds (${what}). One of them hangs, or needs longer: then raise --rank-timeout. All ranks end; the run resumes from its last checkpoint.\n`,
      );
      abort();
    }
    if (passed > 0.5) Atomics.wait(control, 1, 0, Math.min(passed > 200 ? 1 : 0.05, passed / 20));
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function reduce(values: Float32Array, mean: boolean): void {
  summed ??= new Float32Array(new SharedArrayBuffer(4 * Math.min(values.length, MOST_VALUES)));
  if (summed.length < Math.min(values.length, MOST_VALUES)) {
    summed = new Float32Array(new SharedArrayBuffer(4 * Math.min(values.length, MOST_VALUES)));
  }
  for (let first = 0; first < values.length; first += MOST_VALUES) {
    const part = values.subarray(first, first + MOST_VALUES);
    mpi.sum(mpi.address(bytesOf(part)), mpi.address(bytesOf(summed)), part.length);
    wait(mean ? 'a mean of values' : 'a sum of values');
    if (mean) for (let i = 0; i < part.length; i++) part[i] = (summed[i] as number) / mpi.size;
    else part.set(summed.subarray(0, part.length));
  }
}

function broadcast(bytes: Uint8Array, root: number): void {
  for (let first = 0; first < bytes.length; first += MOST_BYTES) {
    const part = bytes.subarray(first, first + MOST_BYTES);
    mpi.broadcast(mpi.address(part), part.length, root);
    wait(`data from rank ${root}`);
  }
}

function answer(asked: MpiCall): void {
  if (asked.call === 'abort') abort();
  else if (asked.call === 'finalize') mpi.finalize();
  else if (asked.call === 'broadcast') broadcast(asked.bytes, asked.root);
  else if (asked.call === 'barrier') {
    mpi.barrier();
    wait('a barrier');
  } else if (asked.call === 'reduce') reduce(asked.values, asked.mean);
  tell({ done: true });
}

function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = isRingformerError(error) ? error.code : 'lost';
    tell({ failed: { code, message: error instanceof Error ? error.message : String(error) } });
  }
}

guarded(() => {
  mpi = openMpi(env);
  mpi.initThread();
  tell({ started: { rank: mpi.rank, size: mpi.size, version: mpi.version, path: mpi.path } });
});
parentPort?.on('message', (asked: MpiCall) => guarded(() => answer(asked)));
