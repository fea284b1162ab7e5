import { createHash } from 'node:crypto';
import type { Shard } from './shard.ts';

/** Bytes after which a shard ends at the next line end, however few lines it has. */
export const SHARD_BYTES = 4 * 2 ** 20;

export type CutOptions = {
  /** Lines of a shard. */
  readonly lines: number;
  readonly bytes?: number;
};

export type Cut = Omit<Shard, 'shard' | 'input'>;

const LF = 10;

/** Cuts text at line ends (LF): the last line may lack its own. Memory does not grow with the text, nor with its lines. */
export async function* cutLines(
  stream: AsyncIterable<Uint8Array>,
  { lines: most, bytes: mostBytes = SHARD_BYTES }: CutOptions,
): AsyncGenerator<Cut> {
  let hash = createHash('sha256');
  let [start, end, first, lines] = [0, 0, 1, 0];
  let open = false; // within a line
  const take = (bytes: Uint8Array) => {
    hash.update(bytes);
    end += bytes.length;
  };
  const cut = (): Cut => {
    const piece = { start, end, first, lines, sha256: hash.digest('hex') };
    hash = createHash('sha256');
    [start, first, lines] = [end, first + lines, 0];
    return piece;
  };
  for await (const chunk of stream) {
    let from = 0; // of what has not been taken
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      lines++;
      if (lines < most && end + at + 1 - from - start < mostBytes) continue;
      take(chunk.subarray(from, at + 1));
      from = at + 1;
      yield cut();
    }
    take(chunk.subarray(from));
    if (chunk.length > 0) open = chunk[chunk.length - 1] !== LF;
  }
  if (open) lines++;
  if (lines > 0) yield cut();
}
