import type { TextPair } from './text-pair.ts';

/** Parallel text in memory as UTF-8: a few bytes more per line than in the files. */
export type PairStore = {
  readonly length: number;
  /** The pair of a line, counted from 0. */
  pair(index: number): TextPair;
};

/** Stores all pairs that it is given. */
export async function storePairs(pairs: AsyncIterable<TextPair>): Promise<PairStore> {
  const [source, target] = [lineStore(), lineStore()];
  let length = 0;
  for await (const pair of pairs) {
    source.add(pair.source);
    target.add(pair.target);
    length++;
  }
  return { length, pair: (index) => ({ source: source.line(index), target: target.line(index) }) };
}

function lineStore() {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let bytes = new Uint8Array(1 << 16);
  let ends = new Float64Array(1 << 10);
  let [size, lines] = [0, 0];
  return {
    add(text: string): void {
      const most = 3 * text.length; // UTF-8 bytes of a UTF-16 unit
      if (size + most > bytes.length) bytes = larger(bytes, new Uint8Array(2 * bytes.length + most));
      size += encoder.encodeInto(text, bytes.subarray(size)).written;
      if (lines === ends.length) ends = larger(ends, new Float64Array(2 * lines));
      ends[lines++] = size;
    },
    line(index: number): string {
      return decoder.decode(bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]));
    },
  };
}

function larger<T extends Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
