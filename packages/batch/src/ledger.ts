import { createHash } from 'node:crypto';
import type { Computed } from './compute.ts';
import type { Shard } from './shard.ts';
import type { Store } from './storage.ts';

/** That a shard is done, and where its output is. Written once: whichever worker comes first. */
export type Done = {
  readonly shard: number;
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

const CANCELLED = 'cancelled.json';
const nameOf = (shard: number) => String(shard).padStart(7, '0');
const shardOf = (name: string) => (/^\d{7,}\.json$/.test(name) ? Number.parseInt(name, 10) : undefined);
const doneName = (shard: number) => `done/${nameOf(shard)}.json`;
const failedName = (shard: number) => `failed/${nameOf(shard)}.json`;

/**
 * Keeps the output of a shard and then the record of it, which counts: without it the output is as good as not there. False if
 * another worker was first; its output stays.
 */
export async function commit(store: Store, { shard, lines }: Shard, computed: Computed): Promise<boolean> {
  const { output: content, bad, notes } = computed;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const output = `output/${nameOf(shard)}-${sha256.slice(0, 16)}`;
  await store.write(output, content);
  const record: Done = { shard, lines, bytes: content.length, sha256, output, bad, notes };
  const first = await store.create(doneName(shard), `${JSON.stringify(record)}\n`);
  if (!first && (await readDone(store, shard))?.output !== output) await store.remove(output);
  await store.remove(failedName(shard));
  return first;
}

export const readDone = (store: Store, shard: number): Promise<Done | undefined> => readRecord(store, doneName(shard));
export const doneShards = (store: Store): Promise<Set<number>> => numbered(store, 'done');

export async function recordFailure(store: Store, failed: Failed): Promise<void> {
  await store.write(failedName(failed.shard), `${JSON.stringify(failed)}\n`);
}

/** In the order of their shards. */
export async function failures(store: Store, limit = Number.POSITIVE_INFINITY): Promise<Failed[]> {
  const shards = [...(await numbered(store, 'failed'))].sort((a, b) => a - b).slice(0, limit);
  const records = await Promise.all(shards.map((shard) => readRecord<Failed>(store, failedName(shard))));
  return records.filter((record) => record !== undefined);
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
  return bytes && (JSON.parse(Buffer.from(bytes).toString('utf8')) as T);
}
