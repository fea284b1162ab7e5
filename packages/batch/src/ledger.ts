import { createHash } from 'node:crypto';
import { isRecord, RingformerError } from '@ringformer/core/base';
import type { Computed } from './compute.ts';
import type { Shard } from './shard.ts';
import type { Store } from './storage.ts';

/** That a shard is done, and where its output is. Written once: whichever worker comes first. */
export type Done = {
  readonly shard: number;
  /** The `work` of the manifest: the shard of another run is another one. */
  readonly work: string;
  readonly lines: number;
  readonly bytes: number;
  /** Of the output. */
  readonly sha256: string;
  /** Its name in the store. */
  readonly output: string;
  /** Lines that could not be used: theirs are empty in the output. */
  readonly bad: number;
  /** What there is to say about lines; no more than a few. */
  readonly notes: readonly string[];
};

/** That a shard failed as often as it may. A later success removes it. */
export type Failed = { readonly shard: number; readonly error: string; readonly attempts: number };

/** What a ledger is of. */
type Books = { readonly manifest: { readonly work: string }; readonly store: Store };

const CANCELLED = 'cancelled.json';
const nameOf = (shard: number) => String(shard).padStart(7, '0');
const shardOf = (name: string) => (/^\d{7,}\.json$/.test(name) ? Number.parseInt(name, 10) : undefined);
const doneName = (shard: number) => `done/${nameOf(shard)}.json`;
const failedName = (shard: number) => `failed/${nameOf(shard)}.json`;

/**
 * Keeps the output of a shard and then the record of it, which counts: without it the output is as good as not there. False if
 * another worker was first; its output stays.
 */
export async function commit(books: Books, { shard, lines }: Shard, computed: Computed): Promise<boolean> {
  const { manifest, store } = books;
  const { output: content, bad, notes } = computed;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const output = `output/${nameOf(shard)}-${sha256.slice(0, 16)}`;
  await store.write(output, content);
  const { work } = manifest;
  const record: Done = { shard, work, lines, bytes: content.length, sha256, output, bad, notes };
  const first = await store.create(doneName(shard), `${JSON.stringify(record)}\n`);
  if (!first && (await readDone(books, shard))?.output !== output) await store.remove(output);
  await store.remove(failedName(shard));
  return first;
}

/**
 * The record of a shard, or undefined if it is not done.
 * @throws RingformerError 'bad-file' if it is damaged, or of another run
 */
export async function readDone({ manifest, store }: Books, shard: number): Promise<Done | undefined> {
  const record = await readRecord<Done>(store, doneName(shard));
  if (record === undefined || (record.work === manifest.work && record.shard === shard)) return record;
  throw new RingformerError(
    'bad-file',
    `[ringformer/batch] ${store.uri}/${doneName(shard)} is a record of another run: its output would be mixed with that of this one. ` +
      'Give this run another --output, or delete the folders done and output.',
  );
}

export const doneShards = (store: Store): Promise<Set<number>> => numbered(store, 'done');

export async function recordFailure(store: Store, failed: Failed): Promise<void> {
  await store.write(failedName(failed.shard), `${JSON.stringify(failed)}\n`);
}

/** The records of shards that have failed. */
export async function readFailures(store: Store, shards: readonly number[]): Promise<Failed[]> {
  const records = await Promise.all(shards.map((shard) => readRecord<Failed>(store, failedName(shard))));
  return records.filter((record) => record !== undefined);
}

/** Shards that have failed, and are not `done`. */
export async function failedShards(store: Store, done: ReadonlySet<number>): Promise<number[]> {
  return [...(await numbered(store, 'failed'))].filter((shard) => !done.has(shard)).sort((a, b) => a - b);
}

/** Forgets what failed and that the run was cancelled. */
export async function startAgain(store: Store): Promise<void> {
  for (const shard of await numbered(store, 'failed')) await store.remove(failedName(shard));
  await store.remove(CANCELLED);
}

/** How a run was cancelled: running shards are finished, or dropped `now`. */
export type Cancelled = { readonly now: boolean };
export const cancelled = (store: Store): Promise<Cancelled | undefined> => readRecord(store, CANCELLED);
export const cancel = (store: Store, how: Cancelled): Promise<void> =>
  store.write(CANCELLED, `${JSON.stringify(how)}\n`);

async function numbered(store: Store, folder: string): Promise<Set<number>> {
  const found = new Set<number>();
  for await (const name of store.list(folder)) {
    const shard = shardOf(name);
    if (shard !== undefined) found.add(shard);
  }
  return found;
}

async function readRecord<T>(store: Store, name: string): Promise<T | undefined> {
  const bytes = await store.read(name);
  if (!bytes) return undefined;
  try {
    const record: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (isRecord(record)) return record as T;
  } catch {} // not JSON
  throw new RingformerError(
    'bad-file',
    `[ringformer/batch] ${store.uri}/${name} is damaged: it is not the JSON that was written. Delete it and submit the run again.`,
  );
}
