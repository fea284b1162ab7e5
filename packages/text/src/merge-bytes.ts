/** The result of merging two ids: ids of one list, `rank` 0 is merged first. */
export type MergeTable = {
  /** left · size + right → rank */
  readonly ranks: ReadonlyMap<number, number>;
  /** rank → the id of the merged token */
  readonly merged: Int32Array;
  readonly size: number;
};

const NONE = Number.POSITIVE_INFINITY;
const SHORT = 48; // up to this length, checking every pair again is faster than a heap

/** Decides for each possible merge, each time it is considered, whether it is skipped this time. */
export type Skip = () => boolean;

/**
 * Merges the ids of one piece, always the pair of lowest rank, and the leftmost if several are equal. With `skip` the choice
 * is among the pairs that were not skipped, and merging ends when none is left: BPE dropout (Provilkov et al. 2020).
 */
export function mergeIds(table: MergeTable, ids: number[], skip?: Skip): number[] {
  return ids.length <= SHORT || skip !== undefined ? mergeShort(table, ids, skip) : mergeLong(table, ids);
}

function mergeShort({ ranks, merged, size }: MergeTable, ids: number[], skip?: Skip): number[] {
  const word = ids.slice();
  while (word.length > 1) {
    let best = NONE;
    let at = -1;
    for (let i = 0; i + 1 < word.length; i++) {
      const rank = ranks.get(word[i]! * size + word[i + 1]!) ?? NONE;
      if (rank < best && !skip?.()) {
        best = rank;
        at = i;
      }
    }
    if (at < 0) break;
    word.splice(at, 2, merged[best]!);
  }
  return word;
}

/** The same with a doubly linked list and a heap of `rank · length + position`: n log n, for pieces of any length. */
function mergeLong({ ranks, merged, size }: MergeTable, ids: number[]): number[] {
  const n = ids.length;
  const word = Int32Array.from(ids);
  const next = Int32Array.from(ids, (_, i) => i + 1);
  const previous = Int32Array.from(ids, (_, i) => i - 1);
  const alive = new Uint8Array(n).fill(1);
  const heap: number[] = [];
  const rankAt = (i: number): number => {
    const after = next[i]!;
    return after >= n ? NONE : (ranks.get(word[i]! * size + word[after]!) ?? NONE);
  };
  const offer = (i: number) => {
    const rank = rankAt(i);
    if (rank !== NONE) push(heap, rank * n + i);
  };
  for (let i = 0; i < n; i++) offer(i);
  for (let value = pop(heap); value !== undefined; value = pop(heap)) {
    const i = value % n;
    const rank = Math.floor(value / n);
    if (alive[i] === 0 || rankAt(i) !== rank) continue;
    const gone = next[i]!;
    const after = next[gone]!;
    word[i] = merged[rank]!;
    alive[gone] = 0;
    next[i] = after;
    if (after < n) previous[after] = i;
    const before = previous[i]!;
    if (before >= 0) offer(before);
    offer(i);
  }
  const result: number[] = [];
  for (let i = 0; i < n; i = next[i]!) result.push(word[i]!);
  return result;
}

function push(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up]!;
    if (parent <= value) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = value;
}

function pop(heap: number[]): number | undefined {
  const first = heap[0];
  const last = heap.pop() as number;
  if (heap.length === 0) return first;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= last) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}
