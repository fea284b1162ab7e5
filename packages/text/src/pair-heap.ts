/** A pair that may be merged: how often it occurred in the text when it was pushed, and its key. */
export type PairEntry = { readonly count: number; readonly key: number };

/** More frequent first; if equal, the smaller key, so that the order of a Map never decides. */
function before(a: PairEntry, b: PairEntry): boolean {
  return a.count > b.count || (a.count === b.count && a.key < b.key);
}

/** Adds an entry to a binary heap stored in an array. */
export function pushPair(heap: PairEntry[], entry: PairEntry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up] as PairEntry;
    if (!before(entry, parent)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = entry;
}

/** Removes and returns the first entry of the heap, or undefined if it is empty. */
export function popPair(heap: PairEntry[]): PairEntry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as PairEntry, heap[child] as PairEntry)) child++;
    if (!before(heap[child] as PairEntry, last)) break;
    heap[at] = heap[child] as PairEntry;
    at = child;
  }
  heap[at] = last;
  return first;
}
