import { createHash } from 'node:crypto';
import { RingformerError } from '@ringformer/core/base';
import { doneShards, readDone } from './ledger.ts';
import { type Manifest, placeOf } from './manifest.ts';
import type { Store } from './storage.ts';

export type Joined = {
  readonly lines: number;
  readonly bytes: number;
  /** Lines that could not be used, which are empty, and what was said about the first of them and others. */
  readonly bad: number;
  readonly notes: readonly string[];
};

export type JoinOptions = {
  /** Only of this input, by its place; by default of all. */
  readonly input?: number;
  readonly signal?: AbortSignal;
  onShard?(shard: number): void;
};

/**
 * The output of all shards, in the order of their lines, checked against the ledger: one call of `write` for each.
 * @throws RingformerError 'bad-file' if shards are missing or an output is not what was committed
 */
export async function joinOutput(
  { manifest, store }: { readonly manifest: Manifest; readonly store: Store },
  write: (bytes: Uint8Array) => Promise<void>,
  { input, signal, onShard }: JoinOptions = {},
): Promise<Joined> {
  const done = await doneShards(store);
  const shards = manifest.shards.filter((shard) => input === undefined || shard.input === input);
  const missing = shards.filter(({ shard }) => !done.has(shard));
  if (missing[0])
    throw new RingformerError(
      'bad-file',
      `[ringformer/batch] ${missing.length} of ${shards.length} shards of ${store.uri} are not done yet, ` +
        `the first is ${missing[0].shard} (${placeOf(manifest, missing[0])}). See ringformer batch status.`,
    );
  let [lines, bytes, bad] = [0, 0, 0];
  const notes: string[] = [];
  for (const each of shards) {
    signal?.throwIfAborted();
    const record = await readDone({ manifest, store }, each.shard);
    if (!record) throw damaged(store, each.shard, 'its record is gone');
    const hash = createHash('sha256');
    const parts: Uint8Array[] = [];
    try {
      for await (const part of await store.stream(record.output)) {
        hash.update(part);
        parts.push(part);
      }
    } catch {
      throw damaged(store, each.shard, `${record.output} cannot be read`);
    }
    if (hash.digest('hex') !== record.sha256)
      throw damaged(store, each.shard, `${record.output} is not what was written`);
    await write(Buffer.concat(parts));
    lines += record.lines;
    bytes += record.bytes;
    bad += record.bad;
    notes.push(...record.notes);
    onShard?.(each.shard);
  }
  return { lines, bytes, bad, notes };
}

const damaged = (store: Store, shard: number, why: string) =>
  new RingformerError(
    'bad-file',
    `[ringformer/batch] The output of shard ${shard} in ${store.uri} is damaged: ${why}. ` +
      `Delete done/${String(shard).padStart(7, '0')}.json there and submit the run again: only this shard is computed again.`,
  );
