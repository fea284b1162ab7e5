import { createHash } from 'node:crypto';
import { RingformerError } from '@ringformer/core/base';
import { commit, readDone } from './ledger.ts';
import { type Input, type Manifest, placeOf } from './manifest.ts';
import type { Pool, RunOptions } from './pool.ts';
import type { Shard } from './shard.ts';
import { nameOf, readRange } from './source.ts';
import type { Store } from './storage.ts';

export type Job = { readonly manifest: Manifest; readonly store: Store; readonly pool: Pool };

/**
 * No line longer than this is text. Of a longer one only the beginning is kept: one line of ten gigabytes costs as little
 * memory as any other.
 */
const LONGEST_LINE = 2 ** 20;
const LF = 10;

/** Why a shard cannot succeed, however often it is tried. */
const CHANGED = 'the input has changed';
export const isFinal = (error: unknown): boolean => error instanceof Error && error.cause === CHANGED;

/**
 * Computes a shard and commits its output. 'there' if it was done already, by whomever.
 * @throws RingformerError 'bad-file' if its input has changed or cannot be read; what the pool throws
 */
export async function processShard(
  { manifest, store, pool }: Job,
  shard: Shard,
  options: RunOptions = {},
): Promise<'done' | 'there'> {
  if (await readDone({ manifest, store }, shard.shard)) return 'there';
  const bytes = await readShard({ manifest, store }, shard, options.signal);
  const { first, start, lines } = shard;
  const name = nameOf(manifest.inputs[shard.input]?.uri ?? '');
  const computed = await pool.run({ shard: shard.shard, name, first, start, lines, bytes }, options);
  if (computed.lines !== lines)
    throw new RingformerError(
      'lost',
      `[ringformer/batch] ${placeOf(manifest, shard)}: expected ${lines} lines of output, got ${computed.lines}.`,
    );
  try {
    return (await commit({ manifest, store }, shard, computed)) ? 'done' : 'there';
  } catch (error) {
    // It may not be worth a word: another worker has done the last shard and removed what is half-written.
    if (await readDone({ manifest, store }, shard.shard).catch(() => undefined)) return 'there';
    throw error;
  }
}

async function readShard(
  { manifest, store }: Pick<Job, 'manifest' | 'store'>,
  shard: Shard,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { uri, bytes: size } = manifest.inputs[shard.input] as Input;
  const hash = createHash('sha256');
  const parts: Uint8Array[] = [];
  const clip = clipper();
  let more = 0; // after the end of the input, which has grown
  const length = shard.end - shard.start;
  const end = shard.end === size ? size + 1 : shard.end;
  let seen = 0;
  for await (const whole of readRange(uri, store, { start: shard.start, end }, signal)) {
    signal?.throwIfAborted();
    const part = whole.subarray(0, length - seen);
    seen += part.length;
    more += whole.length - part.length;
    hash.update(part);
    parts.push(...clip(part));
  }
  if (hash.digest('hex') === shard.sha256 && more === 0) return Buffer.concat(parts);
  throw new RingformerError(
    'bad-file',
    `[ringformer/batch] ${uri} has changed since the run was submitted: ${placeOf(manifest, shard)}, ` +
      `bytes ${shard.start} to ${shard.end}. Restore it, or submit it as a new run with another --output.`,
    { cause: CHANGED },
  );
}

/** Takes a text in parts, and returns what is kept of each. */
function clipper(): (part: Uint8Array) => Uint8Array[] {
  let length = 0; // of the line that is open
  return (part) => {
    const kept: Uint8Array[] = [];
    let from = 0; // of what has not been returned
    for (let begin = 0; begin < part.length; ) {
      const at = part.indexOf(LF, begin);
      const end = at < 0 ? part.length : at;
      if (length + end - begin > LONGEST_LINE) {
        kept.push(part.subarray(from, begin + Math.max(0, LONGEST_LINE - length)));
        from = end;
      }
      length = at < 0 ? length + end - begin : 0;
      begin = end + 1;
    }
    kept.push(part.subarray(from));
    return kept;
  };
}
