import { RingformerError } from '@ringformer/core/base';
import { random32, shuffle } from './random.ts';

/** A sentence and its translation as ids, without bos and eos. */
export type IdPair = { readonly source: ArrayLike<number>; readonly target: ArrayLike<number> };

/** The ids that frame and fill rows. */
export type RowIds = { readonly padId: number; readonly bosId: number; readonly eosId: number };

export type PlanOptions = {
  /** A batch's rows times its longest side, bos and eos counted, is at most this. */
  readonly maxTokens: number;
  /** The most rows of a batch; as many as fit if absent. */
  readonly maxRows?: number;
  /** Pairs with a side longer than this, bos and eos counted, are dropped. */
  readonly maxLength: number;
  readonly seed: number;
  /** 0-based; each epoch has its own order. */
  readonly epoch: number;
};

/** Which pairs are in which batch of one epoch. A run resumes at { epoch, batch } by planning that epoch again. */
export type EpochPlan = {
  /** Per batch, the indices of its pairs. */
  readonly batches: Uint32Array[];
  /** How many pairs were too long. */
  readonly dropped: number;
};

/** Rows of bos, ids, eos and padding, row after row. */
export type Batch = {
  /** b · sourceLength ids */
  readonly source: Int32Array;
  readonly sourceLength: number;
  /** b · targetLength ids */
  readonly target: Int32Array;
  readonly targetLength: number;
  readonly rows: number;
  /** Target ids that the loss counts: all except padding and bos. */
  readonly tokens: number;
};

const FRAME = 2; // bos and eos

/** The lengths of pairs, [source, target, source, target …], without bos and eos. */
export function pairLengths(pairs: readonly IdPair[]): Uint32Array {
  const lengths = new Uint32Array(pairs.length * 2);
  pairs.forEach(({ source, target }, i) => {
    lengths[2 * i] = source.length;
    lengths[2 * i + 1] = target.length;
  });
  return lengths;
}

/**
 * Plans an epoch over pairs of the given lengths (from `pairLengths`). Pairs of similar length share a batch, so there is
 * little padding; which of them do, and the order of the batches, is random in (seed, epoch) and the same on every machine.
 * Every pair that is not too long is in exactly one batch. Throws `bad-argument`.
 */
export function planEpoch(lengths: Uint32Array, options: PlanOptions): EpochPlan {
  const { maxTokens, maxRows = Number.POSITIVE_INFINITY, maxLength, seed, epoch } = options;
  checkPlan(options, lengths.length);
  const stream = random32(seed, epoch);
  const source = (i: number) => lengths[2 * i]! + FRAME;
  const target = (i: number) => lengths[2 * i + 1]! + FRAME;
  const longest = (i: number) => Math.max(source(i), target(i));
  const pairs = lengths.length / 2;
  const kept = Uint32Array.from({ length: pairs }, (_, i) => i).filter((i) => longest(i) <= maxLength);
  shuffle(kept, random32(stream, 0));
  // Sorting is stable (ES2019), so that pairs of equal lengths keep their random order.
  kept.sort((a, b) => longest(a) - longest(b) || source(a) - source(b) || target(a) - target(b));
  const batches: Uint32Array[] = [];
  let start = 0;
  for (let end = 0; end < kept.length; end++) {
    // sorted: the pair at `end` is the longest of its batch
    if ((end - start + 1) * longest(kept[end]!) > maxTokens || end - start >= maxRows) {
      batches.push(kept.slice(start, end));
      start = end;
    }
  }
  if (start < kept.length) batches.push(kept.slice(start));
  shuffle(batches, random32(stream, 1));
  return { batches, dropped: pairs - kept.length };
}

/** Makes the rows of one batch of a plan. Throws `bad-argument` if an index has no pair. */
export function makeBatch(pairs: readonly IdPair[], indices: ArrayLike<number>, ids: RowIds): Batch {
  const chosen = Array.from(indices, (i) => {
    const pair = pairs[i];
    if (pair !== undefined) return pair;
    throw new RingformerError('bad-argument', `[ringformer/text] There is no pair ${i}; there are ${pairs.length}.`);
  });
  const source = makeRows(
    chosen.map((pair) => pair.source),
    ids,
  );
  const target = makeRows(
    chosen.map((pair) => pair.target),
    ids,
  );
  return {
    source: source.ids,
    sourceLength: source.length,
    target: target.ids,
    targetLength: target.length,
    rows: chosen.length,
    tokens: chosen.reduce((sum, pair) => sum + pair.target.length + 1, 0),
  };
}

/** The batches of one epoch, in order, each made when it is requested. See `planEpoch` and `makeBatch`. */
export function* batchesByTokens(pairs: readonly IdPair[], options: PlanOptions & RowIds): Generator<Batch, void> {
  for (const indices of planEpoch(pairLengths(pairs), options).batches) yield makeBatch(pairs, indices, options);
}

/** [bos] ids [eos] and padding up to the longest row: rows · length ids. */
function makeRows(rows: ArrayLike<number>[], { padId, bosId, eosId }: RowIds): { ids: Int32Array; length: number } {
  const length = rows.reduce((longest, row) => Math.max(longest, row.length), 0) + FRAME;
  const ids = new Int32Array(rows.length * length).fill(padId);
  rows.forEach((row, i) => {
    const at = i * length;
    ids[at] = bosId;
    ids.set(row, at + 1);
    ids[at + 1 + row.length] = eosId;
  });
  return { ids, length };
}

function checkPlan({ maxTokens, maxLength, seed, epoch }: PlanOptions, size: number): void {
  const refuse = (message: string): never => {
    throw new RingformerError('bad-argument', `[ringformer/text] ${message}`);
  };
  if (size % 2 !== 0) refuse(`lengths must come in pairs (source, target); got ${size} of them.`);
  if (!Number.isInteger(maxLength) || maxLength <= FRAME) {
    refuse(`maxLength must be an integer of ${FRAME + 1} or more (bos and eos count); got ${maxLength}.`);
  }
  if (!Number.isInteger(maxTokens) || maxTokens < maxLength) {
    refuse(
      `maxTokens (${maxTokens}) must be an integer of at least maxLength (${maxLength}), or a long pair fits no batch.`,
    );
  }
  if (!Number.isInteger(seed)) refuse(`seed must be an integer; got ${seed}.`);
  if (!Number.isInteger(epoch) || epoch < 0) refuse(`epoch must be an integer of 0 or more; got ${epoch}.`);
}
