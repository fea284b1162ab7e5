/**
 * What ranks that work on one thing do together, whether they are threads, MPI processes or just one. Every rank makes the
 * same calls in the same order; a call ends when all ranks have made it. If one rank can't go on, it calls `abort`.
 */
export type Collective = {
  readonly kind: 'single' | 'threads' | 'mpi';
  /** Which rank this is, from 0. */
  readonly rank: number;
  readonly size: number;
  /** What carries the data, for people: 'Open MPI 4.1.4'. */
  readonly says: string;
  /** Bytes of data that this rank has handed to `allReduceSum`, `allReduceMean` and, as the root, `broadcast`. */
  sent(): number;
  /** Replaces the values, on every rank, by their sum over all ranks: the same bits on each. */
  allReduceSum(values: Float32Array): Promise<void>;
  /** Replaces the values, on every rank, by their mean over all ranks: the same bits on each. */
  allReduceMean(values: Float32Array): Promise<void>;
  /** Replaces the bytes, on every rank, by those of `root` (by default rank 0). */
  broadcast(bytes: Uint8Array, root?: number): Promise<void>;
  /** Waits until every rank is here. */
  barrier(): Promise<void>;
  /** Ends all ranks, because this one can't go on: prints `reason` with the rank's number first. Doesn't return under MPI. */
  abort(reason: string): Promise<void>;
  /** Takes leave: no calls after it. Waits until every rank does. */
  close(): Promise<void>;
};

/** One rank: every call is done at once, and nothing is sent. */
export function single(): Collective {
  const nothing = async () => {};
  return {
    kind: 'single',
    rank: 0,
    size: 1,
    says: 'one process',
    sent: () => 0,
    allReduceSum: nothing,
    allReduceMean: nothing,
    broadcast: nothing,
    barrier: nothing,
    abort: nothing,
    close: nothing,
  };
}

/** Float32 values that other threads see too. */
export const sharedValues = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length));

/** Each rank's text, in the order of ranks; the same on every rank. */
export async function gatherTexts(collective: Collective, own: string): Promise<string[]> {
  const { rank, size } = collective;
  const texts: string[] = [];
  for (let root = 0; root < size; root++) texts.push(await broadcastText(collective, rank === root ? own : '', root));
  return texts;
}

/** The text of `root`, on every rank. */
export async function broadcastText(collective: Collective, own: string, root = 0): Promise<string> {
  const bytes = await broadcastBytes(collective, new TextEncoder().encode(own), root);
  return new TextDecoder().decode(bytes);
}

/** The bytes of `root`, on every rank, however many they are. */
export async function broadcastBytes(collective: Collective, own: Uint8Array, root = 0): Promise<Uint8Array> {
  const length = new Float64Array([own.length]);
  await collective.broadcast(new Uint8Array(length.buffer), root);
  const bytes = collective.rank === root ? own : new Uint8Array(length[0] as number);
  if (bytes.length > 0) await collective.broadcast(bytes, root);
  return bytes;
}
