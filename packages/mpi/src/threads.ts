import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { RingformerError } from '@ringformer/core/base';
import type { Collective } from './collective.ts';

/** What a thread needs to join: send it with `port` in its transfer list. */
export type ThreadSeat = {
  readonly rank: number;
  readonly size: number;
  readonly memory: readonly SharedArrayBuffer[];
  readonly port: MessagePort;
};

/** Ranks that are threads of this process. This one is rank 0; the others join with `joinThreads`. */
export type Threads = Collective & {
  /** Those of ranks 1, 2, … */
  readonly seats: readonly ThreadSeat[];
  /** Says that a thread is gone: calls that wait for it are rejected. */
  fail(error: Error): void;
};

type Ask = { readonly arrived: true } | { readonly abort: string };

/**
 * Makes room for `size` threads that exchange at most `bytes` at once. Sums are made in the order of ranks, so they are the
 * same bits each time.
 */
export function startThreads(size: number, bytes: number): Threads {
  const memory = Array.from({ length: size }, () => new SharedArrayBuffer(4 * Math.ceil(bytes / 4)));
  const channels = memory.slice(1).map(() => new MessageChannel());
  let failure: Error | undefined;
  let wake = () => {};
  const arrived = new Set<number>();
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };
  channels.forEach(({ port1 }, i) => {
    port1.on('message', (asked: Ask) => {
      if ('abort' in asked)
        return fail(new RingformerError('lost', `[ringformer/mpi] Thread ${i + 1}: ${asked.abort}`));
      arrived.add(i + 1);
      wake();
    });
    port1.unref();
  });
  /** Waits for the others, works on the memory while they wait, and lets them go on. */
  const meet = async (work: () => void) => {
    for (const { port1 } of channels) port1.ref();
    try {
      while (arrived.size < channels.length && !failure) await new Promise<void>((resolve) => (wake = resolve));
      if (failure) throw failure;
      arrived.clear();
      work();
      for (const { port1 } of channels) port1.postMessage(true);
    } finally {
      for (const { port1 } of channels) port1.unref();
    }
  };
  return {
    ...collectiveOf({ rank: 0, size, memory }, meet),
    seats: channels.map(({ port2 }, i) => ({ rank: i + 1, size, memory, port: port2 })),
    fail,
    async abort(reason) {
      fail(new RingformerError('lost', `[ringformer/mpi] ${reason}`));
    },
    async close() {
      for (const { port1 } of channels) port1.close();
    },
  };
}

/** A rank other than 0, in a thread of its own. */
export function joinThreads({ port, ...seat }: ThreadSeat): Collective {
  const meet = (work: () => void) =>
    new Promise<void>((resolve) => {
      port.once('message', () => {
        work();
        resolve();
      });
      port.postMessage({ arrived: true } satisfies Ask);
    });
  return {
    ...collectiveOf(seat, meet),
    abort: async (reason) => port.postMessage({ abort: reason } satisfies Ask),
    close: async () => port.close(),
  };
}

/**
 * Rank 0 reduces while the others wait. Those read the result after they may go on, and rank 0 writes its memory again only
 * once all have arrived at the next call.
 */
function collectiveOf(
  { rank, size, memory }: Omit<ThreadSeat, 'port'>,
  meet: (work: () => void) => Promise<void>,
): Omit<Collective, 'abort' | 'close'> {
  let sent = 0;
  const floats = (of: number, length: number) => new Float32Array(memory[of] as SharedArrayBuffer, 0, length);
  const reduce = async (values: Float32Array, mean: boolean) => {
    sent += values.byteLength;
    check(values.byteLength, memory);
    const own = floats(rank, values.length);
    const first = floats(0, values.length);
    if (rank > 0) {
      own.set(values);
      await meet(() => values.set(first));
      return;
    }
    await meet(() => {
      own.set(values);
      for (let from = 1; from < size; from++) {
        const other = floats(from, values.length);
        for (let i = 0; i < own.length; i++) own[i] = (own[i] as number) + (other[i] as number);
      }
      if (mean) for (let i = 0; i < own.length; i++) own[i] = (own[i] as number) / size;
      values.set(own);
    });
  };
  return {
    kind: 'threads',
    rank,
    size,
    says: `${size} threads`,
    sent: () => sent,
    allReduceSum: (values) => reduce(values, false),
    allReduceMean: (values) => reduce(values, true),
    async broadcast(bytes, root = 0) {
      check(bytes.length, memory);
      const at = (of: number) => new Uint8Array(memory[of] as SharedArrayBuffer, 0, bytes.length);
      if (rank === root) sent += bytes.length;
      if (rank === root && root > 0) at(root).set(bytes);
      await meet(() => {
        if (rank === 0) at(0).set(root === 0 ? bytes : at(root));
        if (rank !== root) bytes.set(at(0));
      });
    },
    barrier: () => meet(() => {}),
  };
}

function check(bytes: number, [memory]: readonly SharedArrayBuffer[]): void {
  const most = memory?.byteLength ?? 0;
  if (bytes <= most) return;
  throw new RingformerError(
    'bad-argument',
    `[ringformer/mpi] ${bytes} bytes don't fit into the ${most} that the threads share.`,
  );
}
