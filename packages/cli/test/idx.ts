import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './cli.ts';

/** IDX files of `count` images whose pixels follow from their numbers, with the labels 0 … 9 in turn. */
export function idxFolder(count: number): string {
  const folder = scratch();
  const head = (...words: number[]) => {
    const bytes = Buffer.alloc(4 * words.length);
    words.forEach((word, i) => bytes.writeUInt32BE(word, 4 * i));
    return bytes;
  };
  const pixels = Buffer.from(
    Array.from({ length: count * 784 }, (_, i) => (Math.floor(i / 784) * 37 + (i % 784) * (3 + (i % 5))) % 256),
  );
  writeFileSync(join(folder, 't10k-images-idx3-ubyte'), Buffer.concat([head(0x803, count, 28, 28), pixels]));
  const labels = Buffer.from(Array.from({ length: count }, (_, i) => i % 10));
  writeFileSync(join(folder, 't10k-labels-idx1-ubyte'), Buffer.concat([head(0x801, count), labels]));
  return folder;
}
