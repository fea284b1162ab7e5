import { createHash, randomBytes } from 'node:crypto';
import { isRecord, RingformerError } from '@ringformer/core/base';
import { type CutOptions, cutLines } from './cut.ts';
import { doneShards, readDone } from './ledger.ts';
import type { Shard } from './shard.ts';
import { nameOf, readRange } from './source.ts';
import type { Store } from './storage.ts';

export type Input = { readonly uri: string; readonly bytes: number; readonly lines: number };

/** All there is to compute. */
export type Manifest = {
  /** Names this run: another one of the same work has another. */
  readonly id: string;
  /** A hash of the task, the inputs and the shards: the same work has the same. */
  readonly work: string;
  /** How to compute, for the thread that does: plain JSON. */
  readonly task: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Input[];
  readonly shards: readonly Shard[];
};

/** The first line of a manifest's file; every other line is a shard. */
type Header = Omit<Manifest, 'shards'> & { readonly format: string; readonly shards: number };

const FORMAT = 'ringformer-batch/1';
const NAME = 'manifest.jsonl';

/**
 * Reads all inputs once and cuts them into shards at line ends: the manifest of a new run.
 * @throws RingformerError 'bad-file' if one cannot be read
 */
export async function makeManifest(
  task: Manifest['task'],
  uris: readonly string[],
  store: Store,
  options: CutOptions & {
    readonly signal?: AbortSignal;
    onBytes?(bytes: number): void;
    /** Sees how an input begins, and throws to refuse it. */
    onBegin?(uri: string, bytes: Uint8Array): void;
  },
): Promise<Manifest> {
  const inputs: Input[] = [];
  const shards: Shard[] = [];
  for (const [input, uri] of uris.entries()) {
    let [bytes, lines] = [0, 0];
    for await (const cut of cutLines(begun(readRange(uri, store, {}, options.signal), uri, options.onBegin), options)) {
      shards.push({ shard: shards.length, input, ...cut });
      [bytes, lines] = [cut.end, lines + cut.lines];
      options.onBytes?.(bytes);
    }
    inputs.push({ uri, bytes, lines });
  }
  const made = { task, inputs, shards };
  return { id: randomBytes(6).toString('hex'), work: workOf(made), ...made };
}

async function* begun(
  stream: AsyncIterable<Uint8Array>,
  uri: string,
  see: ((uri: string, bytes: Uint8Array) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const bytes of stream) {
    if (isFirst) see?.(uri, bytes);
    isFirst = false;
    yield bytes;
  }
}

const workOf = ({ task, inputs, shards }: Pick<Manifest, 'task' | 'inputs' | 'shards'>): string =>
  createHash('sha256').update(JSON.stringify({ task, inputs, shards })).digest('hex');

/**
 * Writes a manifest to a store that has none. False if it has one.
 * @throws RingformerError 'bad-file' if what is done there is of another run, whose manifest is gone
 */
export async function createManifest(store: Store, manifest: Manifest): Promise<boolean> {
  for (const shard of await doneShards(store)) await readDone({ manifest, store }, shard);
  const { shards, ...others } = manifest;
  const header: Header = { format: FORMAT, ...others, shards: shards.length };
  return store.create(NAME, `${[header, ...shards].map((entry) => JSON.stringify(entry)).join('\n')}\n`);
}

/** The manifest of a store, or undefined if it has none. @throws RingformerError 'bad-file' if it is damaged */
export async function findManifest(store: Store): Promise<Manifest | undefined> {
  const bytes = await store.read(NAME);
  if (!bytes) return undefined;
  const damaged = () =>
    new RingformerError(
      'bad-file',
      `[ringformer/batch] ${store.uri}/${NAME} is damaged. Restore it, or delete it and submit the run again: what is done is not computed again.`,
    );
  const lines = Buffer.from(bytes).toString('utf8').trimEnd().split('\n');
  let entries: unknown[];
  try {
    entries = lines.map((line) => JSON.parse(line));
  } catch {
    throw damaged();
  }
  const [header, ...shards] = entries as [Header, ...Shard[]];
  if (!isRecord(header)) throw damaged();
  if (header.format !== FORMAT)
    throw new RingformerError(
      'bad-file',
      `[ringformer/batch] ${store.uri}/${NAME} is not a manifest of this version: expected the format ${FORMAT}, got ${header.format}.`,
    );
  if (header.shards !== shards.length) throw damaged();
  const { id, work, task, inputs } = header;
  if (!/^[\da-f]{12}$/.test(id) || work !== workOf({ task, inputs, shards })) throw damaged();
  return { id, work, task, inputs, shards };
}

/** The same. @throws RingformerError 'bad-file' if there is none */
export async function readManifest(store: Store): Promise<Manifest> {
  const found = await findManifest(store);
  if (found) return found;
  throw new RingformerError(
    'bad-file',
    `[ringformer/batch] There is no run in ${store.uri}: expected its ${NAME}. Start one with ringformer batch submit.`,
  );
}

/** 'corpus.txt, lines 2001 to 4000' */
export function placeOf({ inputs }: Pick<Manifest, 'inputs'>, { input, first, lines }: Shard): string {
  const name = nameOf(inputs[input]?.uri ?? '?');
  return `${name}, ${lines === 1 ? `line ${first}` : `lines ${first} to ${first + lines - 1}`}`;
}

/** How many lines there are in all. */
export const linesOf = ({ inputs }: Pick<Manifest, 'inputs'>): number =>
  inputs.reduce((sum, { lines }) => sum + lines, 0);
